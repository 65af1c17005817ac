"""What the page asks of the server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from pipeline.config import Config
from pipeline.retrieval import Index
from pipeline.serve.shelf import Shelf
from tests.serve.running import Paced, Running, serving

GPT2 = "How many parameters does GPT-2 have?"


def told(running: Running, **body: Any) -> list[tuple[str, dict[str, Any]]]:
    """The events of one question."""
    reply = running.post("/api/ask", {"question": GPT2, **body})
    assert reply.status_code == 200, reply.text
    found = []
    for block in reply.text.strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_a_question_is_told_from_passages_to_answer(here: Running) -> None:
    events = told(here)
    names = [name for name, _ in events]
    assert names[0] == "passages"
    assert names[-1] == "answer"
    assert names.count("sample") == names.count("votes") == 4
    passages = events[0][1]["passages"]
    assert passages[0]["source"] == "models.md"
    votes = [value for name, value in events if name == "votes"]
    assert [v["done"] for v in votes] == [1, 2, 3, 4]
    answer = events[-1][1]
    assert "1.5 billion" in answer["text"]
    assert answer["verified"]
    assert answer["citations"][0]["place"].startswith("models.md:")
    pieces: dict[int, str] = {}
    for name, value in events:
        if name == "token":
            pieces[value["draw"]] = pieces.get(value["draw"], "") + value["text"]
    samples = {v["draw"]: v["text"] for name, v in events if name == "sample"}
    assert pieces == samples


def test_a_budget_ends_the_thinking(here: Running, engine: Paced) -> None:
    answer = told(here, strategy="cot@sc4", tokens=60)[-1][1]
    assert not answer["complete"]
    engine.pause = 0.05
    try:
        answer = told(here, strategy="cot@sc4", seconds=0.2)[-1][1]
    finally:
        engine.pause = 0.0
    assert not answer["complete"]


def test_what_goes_wrong_is_told(here: Running) -> None:
    assert here.post("/api/ask", {"question": ""}).status_code == 400
    assert here.post("/api/ask", {"question": "x" * 2001}).status_code == 400
    assert here.post("/api/ask", {"question": "x", "strategy": "nope"}).status_code == 404
    assert here.post("/api/ask", {"question": "x", "seconds": -1}).status_code == 400
    events = told(here, question="broken", strategy="direct")
    assert events[-1][0] == "error"
    assert "secret" not in events[-1][1]["message"]


def test_a_note_opens_at_its_lines(here: Running, small: Config) -> None:
    note = here.get("/api/note/models.md?start=12&end=13").json()
    lines = (small.notes_path / "models.md").read_text(encoding="utf-8").split("\n")
    assert note["lines"] == lines
    assert (note["start"], note["end"], note["first"], note["total"]) == (12, 13, 1, len(lines))
    page = here.get("/notes/models.md?start=12&end=13")
    assert page.text.count("class=here") == 2
    assert "<li id=L12 value=12 class=here>" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert here.get(f"/api/note/{quote('모델.md')}").json()["lines"][1] == "title: 모델의 크기"


@pytest.mark.parametrize(
    "path",
    ["../config.yaml", "%2e%2e/config.yaml", "..%2fconfig.yaml", "/etc/passwd", "%2fetc%2fpasswd",
     "models.md/../../config.yaml", "models.md%00", ".", "", "secret.md", "models.md%2f..%2f..",
     "..\\config.yaml", "C:%5Cx"],
)  # fmt: skip
def test_no_path_leads_out_of_the_notes(here: Running, small: Config, path: str) -> None:
    (small.notes_path / "secret.txt").write_text("not indexed", encoding="utf-8")
    for room in ("/api/note/", "/notes/"):
        reply = here.get(room + path)
        assert reply.status_code == 404, reply.text
        assert "notes: {path" not in reply.text
        assert "not indexed" not in reply.text
    assert here.get("/notes/secret.txt").status_code == 404


def test_the_number_of_a_line_is_a_number(here: Running) -> None:
    for wrong in ("x", "-1", "1e9", "٣", "9" * 30):
        assert here.get(f"/api/note/models.md?start={wrong}").status_code == 400
    assert here.get("/api/note/models.md?start=999999").json()["start"] == 18


def test_of_a_long_note_the_part_around_the_lines_is_sent(
    tmp_path: Path, notes_index: Index
) -> None:
    from pipeline.serve.notes import Notes

    (tmp_path / "long.md").write_text(
        "\n".join(f"line {n}" for n in range(1, 5001)), encoding="utf-8"
    )
    shown = Notes(tmp_path, {"long.md"}).show("long.md", 2500, 2501)
    assert shown.lines[2500 - shown.first] == "line 2500"
    assert len(shown.lines) < 1000
    assert shown.total == 5000


def test_the_page_may_ask_nobody_else(here: Running) -> None:
    page = here.get("/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "http://" not in page.text.replace("http://127", "")
    assert "https://" not in page.text
    assert "innerHTML" not in page.text


def test_past_runs_are_listed_priced_and_shown(small: Config, notes_index: Index) -> None:
    row = {"strategy": "cot@sc32", "task": "sums", "model": "m", "run": "r", "n": 9,
           "accuracy": 0.5, "tokens": 10.0, "seconds": 1.0}  # fmt: skip
    run = {"name": "sums-1", "created": "", "tasks": ["sums"], "strategies": [], "questions": 9}
    shelf = Shelf(
        runs=lambda: [run],
        report=lambda name: "<p>the report</p>" if name == "sums-1" else None,
        prices=lambda: [row],
    )
    with serving(small, notes_index, Paced(lambda *_: "x"), shelf) as running:
        about = running.get("/api/about").json()
        assert about["prices"] == [row]
        assert about["runs"] == [run]
        assert about["strategies"][0] == "ask+direct@verified4"
        assert about["strategies"][-1] == "cot@sc32"
        assert running.get("/reports/sums-1").text == "<p>the report</p>"
        assert running.get("/reports/other").status_code == 404
        assert running.get("/reports/..%2f..%2fconfig.yaml").status_code == 404
