"""The verbs as a person calls them: what they write, print and exit with."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from evals.run.records import Run, save_run
from pipeline.cli import main
from tests.evals.synthetic import made_run

pytest_plugins = ["pytester"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a configuration and two runs, one of which has lost a lot."""
    (tmp_path / "config.yaml").write_text("notes:\n  path: notes\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    run = made_run(120, 4, strategies=("direct", "cot@sc4"), name="good")
    worse = replace(
        run,
        name="bad",
        outcomes=tuple(replace(o, correct=o.correct and int(o.item[1:]) % 2 == 0)
                       for o in run.outcomes),
    )  # fmt: skip
    for one in (run, worse):
        put(tmp_path, one)
    return tmp_path


def put(home: Path, run: Run) -> None:
    save_run(run, home / ".thinkscale/runs" / run.name)


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").strip().split("\n")]


def call(*args: str) -> int:
    with pytest.raises(SystemExit) as stop:
        main(["eval", *args])
    return int(stop.value.code or 0)


def test_report_writes_a_page_into_the_run(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("report", "good") == 0
    page = home / ".thinkscale/runs/good/report.html"
    assert capsys.readouterr().out.strip().endswith("report.html")
    once = page.read_bytes()
    assert call("report", str(page.parent), "-o", "again.html") == 0
    assert (home / "again.html").read_bytes() == once


def test_report_in_other_forms(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("report", "good", "-o", "out.md") == 0
    assert (home / "out.md").is_file()
    assert list((home / "out-plots").glob("*.svg"))
    capsys.readouterr()
    assert call("report", "good", "--format", "terminal") == 0
    assert "Use cot@sc4: +" in capsys.readouterr().out
    assert call("report", "good", "--format", "md") == 0
    assert capsys.readouterr().out.startswith("# Run good\n")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("report", "godo"), "Did you mean `good`?"),
        (("report", "."), "there is no run.json"),
        (("report", "good", "-o", "no/such/x.html"), "no such folder"),
        (("gate", "good", "--baseline", "none-such"), "There is no run"),
        (("gate", "good", "--baseline", "bad", "--margin", "-1"), "not a share"),
    ],
)
def test_mistakes_are_one_line(
    home: Path, capsys: pytest.CaptureFixture[str], args: tuple[str, ...], said: str
) -> None:
    assert call(*args) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_damaged_run_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / ".thinkscale/runs/good/outcomes.jsonl").write_text("{", encoding="utf-8")
    (home / ".thinkscale/runs/bad/run.json").write_text("[]", encoding="utf-8")
    assert call("report", "good") == 2
    assert "outcomes.jsonl: damaged" in capsys.readouterr().err
    assert call("runs") == 0
    assert "bad: run.json: damaged" in capsys.readouterr().out


def test_compare(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("compare", "good", "bad") == 0
    said = capsys.readouterr().out
    assert "sums, direct: " in said
    assert "(paired on 120 questions)" in said
    assert call("compare", "good", "bad", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["comparisons"][1]["delta"] < 0
    put(home, made_run(3, 2, tasks=("other",), name="other"))
    assert call("compare", "good", "other") == 2


def test_gate_is_an_exit_code(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("gate", "good", "--baseline", "bad") == 0
    assert "gate passed: 2 of 2" in capsys.readouterr().out
    assert call("gate", "bad", "--baseline", "good", "--json") == 1
    found = json.loads(capsys.readouterr().out)
    assert not found["passed"]
    assert {check["verdict"] for check in found["checks"]} == {"loss"}


def test_export(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("export", "good", "--to", "jsonl", "-o", "out") == 0
    rows = lines_of(home / "out/good.jsonl")
    assert len(rows) == 240
    assert rows[1]["strategy"] == "cot@sc4"
    assert [len(rows[1][part]) for part in ("samples", "passages")] == [4, 1]
    assert rows[1]["question"].startswith("How many")

    assert call("export", "good", "--to", "lm-eval", "-o", "out") == 0
    (results,) = (home / "out/small").glob("results_*.json")
    head = json.loads(results.read_text(encoding="utf-8"))
    scored = head["results"]["sums"]
    (samples,) = (home / "out/small").glob("samples_sums_*.jsonl")
    lines = lines_of(samples)
    votes = [line["acc"] for line in lines if line["filter"] == "cot@sc4"]
    assert scored["acc,cot@sc4"] == pytest.approx(sum(votes) / len(votes))
    assert head["n-samples"]["sums"] == {"original": 120, "effective": 120}
    assert {"doc_id", "doc", "target", "arguments", "resps", "filtered_resps"} <= set(lines[0])
    capsys.readouterr()


def test_export_for_inspect(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        log: Any = importlib.import_module("inspect_ai.log")
    except ImportError:
        assert call("export", "good", "--to", "inspect") == 2
        assert "pip install inspect_ai" in capsys.readouterr().err
        return
    assert call("export", "good", "--to", "inspect", "-o", "logs") == 0
    logs = [log.read_eval_log(str(path)) for path in sorted((home / "logs").glob("*.eval"))]
    assert [len(found.samples) for found in logs] == [120, 120]


def test_runs(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("runs") == 0
    said = capsys.readouterr().out
    assert "good  2026-01-05T10:00:00Z  sums, 120 questions, direct, cot@sc4  [small]" in said
    assert call("runs", "--json") == 0
    assert {row["name"] for row in json.loads(capsys.readouterr().out)} == {"good", "bad"}


def test_the_pytest_fixture_fails_the_test_with_the_gates_words(
    home: Path, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(
        f"""
        def test_good(thinkscale_gate):
            assert thinkscale_gate({str(home / ".thinkscale/runs/good")!r},
                                   baseline={str(home / ".thinkscale/runs/bad")!r}).passed

        def test_bad(thinkscale_gate):
            thinkscale_gate({str(home / ".thinkscale/runs/bad")!r},
                            baseline={str(home / ".thinkscale/runs/good")!r}, margin=0.02)

        def test_none(thinkscale_gate):
            thinkscale_gate("nope", baseline="nope")
        """
    )
    here = any(e.value == "evals.pytest_plugin" for e in entry_points(group="pytest11"))
    result = pytester.runpytest_inprocess(
        "-p", "no:asyncio", *(() if here else ("-p", "evals.pytest_plugin"))
    )
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["*gate failed: 0 of 2*", "*There is no run `nope`*"])
