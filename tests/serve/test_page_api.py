"""What the page asks of the server."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from pipeline.config import Config
from pipeline.errors import ConfigError
from pipeline.notes import Skipped
from pipeline.retrieval import Index
from pipeline.serve.model_names import ModelNames
from pipeline.serve.page import read
from pipeline.serve.run_list import RunList
from tests.cli.test_translation import KOREAN as KOREAN_SENTENCES
from tests.cli.test_translation import shape as shape_of
from tests.cli.test_translation import shapes_of
from tests.conftest import ROOT, write_notes
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


def test_files_that_were_not_read_are_named_in_the_language_of_the_page(
    small: Config, notes_index: Index
) -> None:
    engine = Paced(lambda *_: "x")
    left = [Skipped("plan.hwp", "files of its kind are not read", "export it as PDF, DOCX or HWPX")]
    with serving(small, notes_index, engine, left_out=left) as running:
        (notice,) = running.get("/api/about").json()["notices"]
        assert notice.startswith("1 file was not read: plan.hwp (export it as PDF, DOCX or HWPX).")
        korean = running.get("/api/about", headers={"accept-language": "ko"}).json()["notices"]
        assert korean[0].startswith("파일 1개를 읽지 않았습니다: plan.hwp (PDF, DOCX나 HWPX로")
    with serving(small, notes_index, engine) as running:
        assert running.get("/api/about").json()["notices"] == []


def test_both_models_are_named(small: Config, notes_index: Index) -> None:
    engine = Paced(lambda *_: "x")
    with serving(small, notes_index, engine, reasoner="thinker") as running:
        about = running.get("/api/about").json()
    assert about["model"]
    assert about["reasoner"] == "thinker"
    shown = re.findall(r"[$][(]\"model\"[)][.]textContent = (.*)", read("page.js"))
    assert len(shown) == 1
    assert "about.reasoner" in shown[0]


def test_what_was_asked_for_is_marked_in_a_quotation(small: Config, notes_index: Index) -> None:
    with serving(small, notes_index, Paced(lambda *_: "nothing to the point")) as running:
        name, answer = told(running)[-1]
    assert name == "answer"
    assert answer["quoted"]
    marked = [text for text, is_marked in answer["citations"][0]["marked"] if is_marked]
    assert marked == ["1.5 billion parameters"]


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
    assert answer["agreement"] == {"agreeing": 3, "replies": 4, "needed": 2}
    assert answer["trust"] == "3 of 4 samples agree, supported by the notes"
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


KOREAN = {"accept-language": "ko"}


def test_what_goes_wrong_is_told_in_the_language_of_the_page(here: Running) -> None:
    def message(path: str, body: object, **rest: Any) -> str:
        return str(here.post(path, body, **rest).json()["error"]["message"])

    for body in ({"question": ""}, {"question": "x" * 2001}, {"question": "x", "strategy": "plam"},
                 {"question": "x", "seconds": -1}):  # fmt: skip
        assert re.search("[가-힣]", message("/api/ask", body, headers=KOREAN))
        assert not re.search("[가-힣]", message("/api/ask", body))
        other = {"accept-language": "de-DE, ko;q=0.5"}
        assert not re.search("[가-힣]", message("/api/ask", body, headers=other))
    assert "색인" in here.get("/api/note/no.md", headers=KOREAN).json()["error"]["message"]
    body = {"question": "broken", "strategy": "direct"}
    assert "문제가 생겼습니다" in here.post("/api/ask", body, headers=KOREAN).text
    # Programs are spoken to in English.
    assert "There is no model" in message("/v1/completions", {"model": "no", "prompt": "x"},
                                          headers=KOREAN)  # fmt: skip


def test_every_refusal_that_the_page_can_meet_has_its_korean() -> None:
    """Those of the API alone stay English."""
    rooms = (
        "app",
        "errors",
        "auth",
        "request_queue",
        "model_names",
        "notes",
        "page_api",
        "served_notes",
    )
    api = ("There is no embedder `{}`.", "`encoding_format` is float or base64.",
           "`input` must be a text or a list of texts, none empty.",
           "`dimensions`: vectors of this embedder have {} numbers.", "Leave it out.",
           "A strategy thinks about one prompt at a time.")  # fmt: skip
    said = [
        shape
        for room in rooms
        for node in ast.walk(ast.parse((ROOT / f"pipeline/serve/{room}.py").read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Refused", "_unknown")
        for argument in node.args
        if (shape := next(shapes_of(argument), "")) and shape not in api
    ]
    assert len(said) > 15
    known = {shape_of(english) for english in KOREAN_SENTENCES}
    assert sorted(set(said) - known) == []


def test_the_menu_offers_only_what_works(small: Config, notes_index: Index) -> None:
    """What an older run measured may be gone, or be for measuring alone."""
    rows = [
        {"strategy": name, "task": "sums", "model": "m", "run": "r", "n": 9, "accuracy": 0.5,
         "tokens": 10.0, "seconds": 1.0}
        for name in ("cot@sc4", "oracle+cot", "gone@forever", "rag3+direct", "auto")
    ]  # fmt: skip
    shelf = RunList(runs=list, report=lambda _: None, prices=lambda: rows)
    with serving(small, notes_index, Paced(lambda *_: "x"), shelf) as running:
        names = running.get("/api/about").json()["strategies"]
        assert names[-2:] == ["cot@sc4", "rag3+direct"]
        for name in names:
            assert told(running, strategy=name)[-1][0] == "answer"


def test_parameters_that_no_rule_takes_are_said_when_the_server_opens() -> None:
    options = {"adaptive": {"sure": 7.0}}
    with pytest.raises(ConfigError, match="adaptive"):
        ModelNames("TinyLM2", "direct", options)


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


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="descriptors cannot be counted here")
def test_a_note_that_became_a_folder_is_gone_and_leaves_nothing_open(
    tmp_path: Path, notes_index: Index
) -> None:
    config = write_notes(tmp_path)
    with serving(config, notes_index, Paced(lambda *_: "x")) as running:
        (config.notes_path / "models.md").unlink()
        (config.notes_path / "models.md").mkdir()
        running.get("/api/note/models.md")
        before = len(list(Path("/proc/self/fd").iterdir()))
        for room in ("/api/note/", "/notes/") * 5:
            reply = running.get(room + "models.md")
            assert reply.status_code == 404
            assert "models.md" in reply.json()["error"]["message"]
        assert len(list(Path("/proc/self/fd").iterdir())) < before + 5, "of ten requests"
        assert running.complaints == []


def test_the_number_of_a_line_is_a_number(here: Running) -> None:
    for wrong in ("x", "-1", "1e9", "٣", "9" * 30):
        assert here.get(f"/api/note/models.md?start={wrong}").status_code == 400
    assert here.get("/api/note/models.md?start=999999").json()["start"] == 18


def test_of_a_long_note_the_part_around_the_lines_is_sent(
    tmp_path: Path, notes_index: Index
) -> None:
    from pipeline.serve.notes import NoteViewer

    (tmp_path / "long.md").write_text(
        "\n".join(f"line {n}" for n in range(1, 5001)), encoding="utf-8"
    )
    shown = NoteViewer(tmp_path, {"long.md"}).show("long.md", 2500, 2501)
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
    ours = page.text.replace(read("katex/katex.min.js"), "")
    assert len(ours) < len(page.text)
    assert "http://" not in ours
    assert "https://" not in ours
    assert "innerHTML" not in page.text
    assert not re.search("insertAdjacentHTML|outerHTML|document[.]write|eval[(]", page.text)


def test_past_runs_are_listed_priced_and_shown(small: Config, notes_index: Index) -> None:
    row = {"strategy": "cot@sc32", "task": "sums", "model": "m", "run": "r", "n": 9,
           "accuracy": 0.5, "tokens": 10.0, "seconds": 1.0}  # fmt: skip
    run = {"name": "sums-1", "created": "", "tasks": ["sums"], "strategies": [], "questions": 9}
    shelf = RunList(
        runs=lambda: [run],
        report=lambda name: "<p>the report</p>" if name == "sums-1" else None,
        prices=lambda: [row],
    )
    with serving(small, notes_index, Paced(lambda *_: "x"), shelf) as running:
        about = running.get("/api/about").json()
        assert about["prices"] == [row]
        assert about["runs"] == [run]
        assert about["strategies"][0] == "ask+direct@verified4"
        assert about["needed"]["ask+direct@verified4"] == 2
        assert about["needed"]["cot@sc32"] == about["needed"]["cot"] == 1
        assert about["strategies"][-1] == "cot@sc32"
        assert running.get("/reports/sums-1").text == "<p>the report</p>"
        assert running.get("/reports/other").status_code == 404
        assert running.get("/reports/..%2f..%2fconfig.yaml").status_code == 404
