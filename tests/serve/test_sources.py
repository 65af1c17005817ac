"""The notes behind the page: listed, drawn, added; questions made from their headings."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipeline.config import Config, ServeSettings, load_config
from pipeline.retrieval import ensure
from pipeline.serve.errors import Refused
from pipeline.serve.example_questions import example_questions, question_of
from pipeline.serve.opening import add_notes
from pipeline.serve.served_notes import checked_name, write_new
from pipeline.types import Passage, Place
from tests.conftest import write_notes
from tests.notes.pdfs import Text, pdf_of
from tests.serve.running import Paced, Running, serving

STREAM = {"content-type": "application/octet-stream"}
MARS = "# Mars\n\nThe volcano Olympus Mons on Mars is 21.9 km high.\n"


@dataclass
class Open:
    running: Running
    config: Config
    engine: Paced


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Open]:
    """A server over notes that may be added to."""
    config = write_notes(tmp_path)
    page = [Text(60, 80, "Rubisco fixes carbon dioxide in the Calvin cycle.", 12)]
    (config.notes_path / "leaf.pdf").write_bytes(pdf_of([Text(60, 80, "Leaves", 20)], page))
    (config.notes_path / "plan.hwp").write_bytes(b"x")
    engine = Paced(lambda prompt, draw: "Olympus Mons is 21.9 km high.")
    with ensure(config) as index, ExitStack() as opened:
        left = index.left_out
        with serving(config, index, engine, left_out=left) as running:
            add_notes(running.server, config, ServeSettings(), opened)
            yield Open(running, config, engine)


def add(running: Running, name: str, data: bytes, **headers: str) -> httpx.Response:
    return httpx.post(
        f"{running.url}/api/sources", params={"name": name}, content=data,
        headers={**STREAM, **headers}, timeout=120,
    )  # fmt: skip


def last(reply: httpx.Response) -> tuple[str, dict[str, Any]]:
    assert reply.status_code == 200, reply.text
    name, data = reply.text.strip().split("\n\n")[-1].split("\n")
    return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def test_what_is_indexed_and_what_was_left_out_is_listed(own: Open) -> None:
    told = own.running.get("/api/sources").json()
    assert [note["path"] for note in told["notes"]] == ["leaf.pdf", "models.md", "모델.md"]
    assert all(note["passages"] > 0 for note in told["notes"])
    assert told["left_out"] == [
        {
            "path": "plan.hwp",
            "reason": "files of its kind are not read",
            "remedy": "export it as PDF, DOCX or HWPX",
        }
    ]
    assert told["folder"] == str(own.config.notes_path)
    korean = own.running.get("/api/sources", headers={"accept-language": "ko"}).json()
    assert "않" in korean["left_out"][0]["reason"]


def test_an_added_note_is_indexed_and_answers(own: Open) -> None:
    reply = add(own.running, "mars.md", MARS.encode())
    assert last(reply) == ("added", {"path": "mars.md"})
    assert "event: progress" in reply.text
    assert (own.config.notes_path / "mars.md").read_text(encoding="utf-8") == MARS
    assert not [p for p in own.config.notes_path.iterdir() if p.name.startswith(".")]
    asked = own.running.post("/api/ask", {"question": "How high is the volcano Olympus Mons?"})
    name, answer = last(asked)
    assert name == "answer"
    assert "21.9" in answer["text"]
    assert answer["citations"][0]["source"] == "mars.md"
    assert own.running.get("/api/note/mars.md").status_code == 200
    assert own.running.complaints == []


def test_what_is_there_is_never_replaced(own: Open) -> None:
    before = (own.config.notes_path / "models.md").read_bytes()
    name, told = last(add(own.running, "models.md", b"# Other\n"))
    assert name == "error"
    assert "of this name" in told["message"]
    assert (own.config.notes_path / "models.md").read_bytes() == before
    assert not [p for p in own.config.notes_path.iterdir() if p.name.startswith(".")]


@pytest.mark.parametrize(
    "name",
    ["../x.md", "a/b.md", "a\\b.md", ".x.md", "x.exe", "x", "", "x.hwp", "C:x.md", "x\n.md",
     "~$x.docx", f"{'x' * 300}.md"],
)  # fmt: skip
def test_no_name_leads_out_of_the_notes_or_hides_there(own: Open, name: str) -> None:
    before = sorted(path.name for path in own.config.notes_path.iterdir())
    assert add(own.running, name, b"text").status_code == 400
    assert sorted(path.name for path in own.config.notes_path.iterdir()) == before
    with pytest.raises(Refused):
        checked_name(name)


def test_other_pages_and_plain_forms_cannot_add(own: Open) -> None:
    assert add(own.running, "x.md", b"x", origin="http://evil.example").status_code == 403
    assert add(own.running, "x.md", b"x", **{"content-type": "text/plain"}).status_code == 415
    assert not (own.config.notes_path / "x.md").exists()


def test_over_a_network_or_where_it_is_switched_off_nothing_is_added(own: Open) -> None:
    server = own.running.server
    for settings in (ServeSettings(host="0.0.0.0"), ServeSettings(add_notes=False)):
        server.adder = None
        with ExitStack() as opened:
            add_notes(server, own.config, settings, opened)
        assert server.adder is None
        assert add(own.running, "x.md", b"x").status_code == 403
        assert own.running.get("/api/sources").json()["folder"] is None
    assert not (own.config.notes_path / "x.md").exists()


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Refused, match="no space left"):
        write_new(tmp_path, "x.md", b"text")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_comes_at_the_same_moment_is_not_replaced_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "x.md").write_text("first", encoding="utf-8")
    monkeypatch.setattr("os.path.lexists", lambda _: False)  # it was not there when it was looked
    with pytest.raises(Refused, match="of this name"):
        write_new(tmp_path, "x.md", b"second")
    assert (tmp_path / "x.md").read_text(encoding="utf-8") == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["x.md"]


def test_a_page_of_a_pdf_is_a_picture_with_the_sentence_marked(own: Open) -> None:
    query = {"page": 2, "width": 600, "quote": "Rubisco fixes carbon\ndioxide in the Cal-vin cycle"}
    drawn = own.running.get("/api/picture/leaf.pdf", params=query).json()
    png = base64.b64decode(drawn["png"])
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20], "big") in (595, 599, 600, 601)
    assert (drawn["page"], drawn["pages"]) == (2, 2)
    ((left, top, width, height),) = drawn["marks"]
    assert 0.05 < left < 0.15
    assert 0.05 < top < 0.12
    assert 0.2 < width < 0.8
    assert height < 0.05
    note = own.running.get("/api/note/leaf.pdf?start=3&end=3").json()
    assert (note["tree"], note["page"]) == (None, 2)
    assert own.running.get("/api/picture/models.md").status_code == 404
    assert own.running.get("/api/picture/..%2fx.pdf").status_code == 404


def test_a_pdf_that_cannot_be_drawn_is_told_and_nothing_falls(own: Open) -> None:
    leaf = own.config.notes_path / "leaf.pdf"
    leaf.write_bytes(b"%PDF-1.4\n" + b"\0garbage" * 500)
    reply = own.running.get("/api/picture/leaf.pdf")
    assert reply.status_code == 404
    assert "cannot be drawn" in reply.json()["error"]["message"]
    assert own.running.get("/health").status_code == 200
    assert own.running.complaints == []


def passage(source: str, heading: str, language: str = "en") -> Passage:
    return Passage(f"{source}/{heading}", "text", source, Place(source, 1, 1), (heading,), language)


def test_example_questions_are_made_from_headings_that_stand_in_one_note() -> None:
    found = [
        passage("a.md", "Rivers"),
        passage("a.md", "Summary"),
        passage("b.md", "Summary"),
        passage("b.md", "The Danube"),
        passage("b.md", "12.5 %"),
        passage("c.md", "강의 길이", "ko"),
        passage("d.md", "x" * 80),
    ]
    assert example_questions(found, ("en",), lambda _: True) == [
        "What is Rivers?",
        "What is the Danube?",
    ]
    assert example_questions(found, ("ko",), lambda _: True) == ["강의 길이는 무엇인가요?"]
    assert example_questions(found, ("en",), lambda question: "Danube" in question) == [
        "What is the Danube?"
    ]
    assert question_of("3.1 빛의 속력", "ko") == "빛의 속력은 무엇인가요?"
    assert question_of("Training compute", "en", {"training"}) == "What is training compute?"
    assert question_of("Darwin on finches", "en", {"finches"}) == "What is Darwin on finches?"
    assert question_of("LoRA adapters", "en", {"lora", "adapters"}) == "What is LoRA adapters?"
    assert question_of("Why is the sky blue?", "en") == "Why is the sky blue?"


def test_example_questions_of_these_notes_are_answered_by_them(own: Open) -> None:
    questions = own.running.get("/api/examples").json()["questions"]
    assert questions
    for question in questions:
        answer = last(own.running.post("/api/ask", {"question": question}))[1]
        assert not answer["abstained"], question


def test_thinking_longer_goes_on_from_the_samples_there_are(own: Open) -> None:
    add(own.running, "mars.md", MARS.encode())
    body = {"question": "How high is Olympus Mons on Mars?", "strategy": "ask+direct@verified4"}
    first = own.running.post("/api/ask", body)
    assert first.text.count("event: sample") == 4
    written = own.engine.written
    more = own.running.post("/api/ask", {**body, "strategy": "ask+direct@verified8"})
    assert more.text.count("event: sample") == 8
    assert last(more)[1]["draws"] == 8
    assert own.engine.written - written == written, "four samples were written, not eight"
    assert "event: passages" in more.text
    again = own.running.post("/api/ask", body)
    assert last(again)[1]["text"] == last(first)[1]["text"]


def test_a_follow_up_is_made_whole_from_the_turns_that_are_sent(own: Open) -> None:
    history = [{"question": "How many parameters does GPT-2 have?", "answer": "1.5 billion"}]
    reply = own.running.post("/api/ask", {"question": "And GPT-3?", "history": history})
    assert (
        'event: standing\ndata: {"question": "How many parameters does GPT-3 have?"}' in reply.text
    )
    alone = own.running.post("/api/ask", {"question": "And GPT-3?"})
    assert "event: standing" not in alone.text
    for wrong in ("x", [1], [{"question": 1}], [{"question": ""}], [{"answer": "x"}]):
        body = {"question": "And GPT-3?", "history": wrong}
        assert own.running.post("/api/ask", body).status_code == 400, wrong


def test_a_note_added_while_others_are_asked_disturbs_no_answer(own: Open) -> None:
    asked = own.running.server.work.asker
    add(own.running, "mars.md", MARS.encode())
    assert own.running.server.work.asker is not asked
    assert asked.index.search("GPT-2", 3), "who began with the index before still has it"


def test_the_shipped_configuration_allows_it(tmp_path: Path) -> None:
    from tests.conftest import ROOT

    shutil.copy(ROOT / "config.yaml", tmp_path)
    settings = load_config(tmp_path / "config.yaml").settings.serve
    assert settings.add_notes
    assert settings.host == "127.0.0.1"
