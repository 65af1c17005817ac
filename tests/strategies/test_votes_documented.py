"""What docs/strategies.md says of the rules that vote, stop and choose is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.strategies import AGGREGATIONS

PAGE = (Path(__file__).parents[2] / "docs/strategies.md").read_text(encoding="utf-8")
VOTES = PAGE.split("## Votes, stopping, choosing\n")[1].split("\n## ")[0]
TOLD = dict(re.findall(r"^\*\*`([a-z-]+)`\*\*(.+?)(?=^\*\*`|^### |\Z)", VOTES, re.M | re.S))


def test_the_rules_are_told() -> None:
    voting = "sc verified weighted deepconf deepconf-online adaptive anytime esc"
    choosing = "grounded mbr ptrue optscale scrutinize judge rerank select"
    assert set(TOLD) == {*voting.split(), *choosing.split()}


@pytest.mark.parametrize("name", TOLD)
def test_draws_paper_and_parameters(name: str) -> None:
    rule, text = AGGREGATIONS[name], TOLD[name]
    assert re.search(rf"\b{rule.draws}\ssamples", text)
    assert rule.paper in text
    told = re.findall(r"`([a-z]+): ([\w.]+)`", text.rpartition("Parameters:")[2])
    assert dict(told) == {key: str(value) for key, value in rule.parameters.items()}
    assert ("No parameters." in text) == (not rule.parameters)
