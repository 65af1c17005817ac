"""`thinkscale strategies`, and that the page about them says what is so."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from pipeline.cli import _run
from pipeline.cli.strategies import EXAMPLES, _written
from pipeline.config import Settings
from pipeline.strategies import AGGREGATIONS, PROMPT_METHODS, make_strategy, parse_name

PAGE = (Path(__file__).parents[2] / "docs/strategies.md").read_text(encoding="utf-8")


def said(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert _run(["strategies", *args]) == 0
    return capsys.readouterr().out


def test_every_way_and_rule_is_listed_with_its_parameters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = said(capsys)
    for way in PROMPT_METHODS:
        assert re.search(rf"^  {way} ", out, re.MULTILINE)
    for name, rule in AGGREGATIONS.items():
        assert not name or f"  @{name} ({rule.draws})" in out
        assert all(f"{key}: {_written(value)}" in out for key, value in rule.parameters.items())
        assert rule.paper in out


def test_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    row = json.loads(said(capsys, "--json"))
    assert [way["name"] for way in row["ways"]] == list(PROMPT_METHODS)
    assert {way["name"]: way["paper"] for way in row["ways"]}["cot"] == "2205.11916"
    assert [rule["name"] for rule in row["rules"]] == list(AGGREGATIONS)
    by_name = {rule["name"]: rule for rule in row["rules"]}
    assert by_name["beam"]["parameters"]["width"] == 2
    assert "scorer" not in by_name["beam"]["parameters"]
    assert by_name["sc"]["draws"] == 8


def test_the_examples_can_be_used_and_keep_to_their_draws() -> None:
    for name in EXAMPLES:
        assert make_strategy(name).draws == (parse_name(name).draws or 1)


@pytest.mark.parametrize("rule", [r for r in AGGREGATIONS if AGGREGATIONS[r].parameters])
def test_the_defaults_can_be_written_into_the_configuration(rule: str) -> None:
    options = {rule: AGGREGATIONS[rule].parameters}
    settings = Settings.model_validate({"strategies": options})
    assert make_strategy(f"cot@{rule}", options=settings.strategies)


@pytest.mark.parametrize("rule", [r for r in AGGREGATIONS if r not in ("", "sc", "verified")])
def test_the_page_has_every_rule_with_its_draws_parameters_and_paper(rule: str) -> None:
    found = re.search(rf"^\*\*`{rule}`\*\*.*?(?=^\*\*`|^#|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, f"docs/strategies.md says nothing of {rule}"
    about = found[0]
    assert re.search(rf"\b{AGGREGATIONS[rule].draws} (samples?|requests?)", about)
    assert AGGREGATIONS[rule].paper in about or AGGREGATIONS[rule].paper == "2203.11171"
    for key, value in AGGREGATIONS[rule].parameters.items():
        assert f"`{key}: {_written(value)}`" in about


@pytest.mark.parametrize("way", PROMPT_METHODS)
def test_the_page_has_every_way(way: str) -> None:
    assert f"`{way}`" in PAGE
