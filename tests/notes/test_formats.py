"""Every other format: what is read, what is left out, and what a damaged file says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import NotesError
from pipeline.notes import Document, read
from pipeline.notes.formats import kind_of
from pipeline.notes.formats.captions import parse_captions
from pipeline.notes.formats.pdf import parser as pdf
from tests.notes.fixtures import CAPTIONS, PASTED, PDF, ROLLING, docx, zipped

Reader = Callable[..., Document]


def texts(document: Document) -> list[str]:
    return [passage.text for passage in document.passages]


def test_a_page_is_its_article(notes: Path) -> None:
    document = read(notes, "page.html")
    assert document.source.title == "바다의 소금"
    assert document.source.language == "ko"
    assert [(passage.heading, passage.text) for passage in document.passages] == [
        (
            "바다의 소금",
            "바닷물 1 kg에는 소금이 35 g쯤 녹아 있다.\n"
            "그 가운데 대부분은 염화나트륨이다 & 나머지는 마그네슘이다.",
        ),
        (
            "바다의 소금 > 염전",
            "1. 바닷물을 가둔다.\n2. 볕에 말린다.\n"
            "| 지역 | 생산량 |\n| 신안 | 70 % |\na  = 1\nb = 2",
        ),
    ]
    reasons = {item.reason for item in document.report.dropped}
    assert reasons == {"<nav>", "marked sidebar", "<footer>"}


def test_a_page_without_an_article_keeps_its_text(read_text: Reader) -> None:
    page = "<html><body><p>Iron rusts.</p><p>Gold &lt;never&gt; does.</body>"
    assert texts(read_text(page, "x.html")) == ["Iron rusts.\nGold <never> does."]


def test_captions_become_sentences_with_times(notes: Path) -> None:
    document = read(notes, "lesson.vtt")
    (first,) = document.passages
    assert first.text.split("\n") == [
        "선생님: 오늘은 별의 밝기를 이야기하겠습니다 등급이 1 작아지면 약 2.5배 "
        "밝습니다 & 눈에 보입니다",
        "학생: 6등급은 보이나요?",
    ]
    assert (first.place.first, first.place.last) == (1.0, 33.0)
    assert document.source.language == "ko"
    assert "1" not in [item.text for item in document.report.dropped]


def test_captions_out_of_a_web_page(notes: Path) -> None:
    document = read(notes, "pasted.vtt.txt")
    assert document.source.kind == "transcript"
    assert texts(document) == ["강을 건너는 다리는 모두 스물일곱 개입니다 길이는 제각각이죠"]
    assert [item.line for item in document.report.dropped] == [1, 2, 3]
    assert "|" not in document.passages[0].text


def test_rolling_captions_say_everything_once() -> None:
    blocks = parse_captions(ROLLING).blocks
    assert [block.text for block in blocks] == [
        "we walked along the river until the bridge was behind us. then it rained all night."
    ]
    assert blocks[0].pieces[-1].first == 6.0


def test_a_line_said_twice_is_kept_where_captions_do_not_roll() -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\nyes\n\n00:02.000 --> 00:03.000\nyes\n\n"
    text += "".join(f"00:0{n}.000 --> 00:0{n + 1}.000\nline {n}\n\n" for n in range(3, 9))
    assert parse_captions(text).blocks[0].text.startswith("yes yes line 3")


def test_kinds_are_told_by_content_where_the_name_does_not() -> None:
    assert kind_of("a.txt", PASTED) == "transcript"
    assert kind_of("a.vtt", CAPTIONS) == "transcript"
    assert kind_of("a.txt", "<!DOCTYPE html><p>x") == "html"
    assert kind_of("a.txt", "plain") == "text"
    assert kind_of("a.markdown") == "markdown"


def test_word(notes: Path) -> None:
    document = read(notes, "library.docx")
    assert [(p.heading, p.text) for p in document.passages] == [
        ("도서관 이용", "도서관은 아홉 시에 연다. 월요일에는 쉰다."),
        ("도서관 이용 > Loans", "- five books\n- two weeks\n| 층 | 자료 |\n| 2 | 지도 & 사진 |"),
    ]


def test_hangul_documents(notes: Path) -> None:
    document = read(notes, "station.hwpx")
    assert document.source.title == "관측소"
    assert [(p.heading, p.text) for p in document.passages] == [
        (
            "관측소",
            "관측소는 1963년에 세워졌다.\n연 강수량\n1,240 mm\n섬에 있다.\n- 기온을 잰다.\n"
            "| 장비 | 높이 (m) |\n| 풍속계 & 깃발 | 10 12 |",
        ),
        ("관측소 > 기록", "x^2 + 1\t기록은 매시간 남긴다."),
    ]
    assert "머리말" not in "".join(p.text for p in document.passages)


def test_a_text_box_is_read_once(read_text: Reader) -> None:
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    box = "<w:p><w:r><w:t>In the box.</w:t></w:r></w:p>"
    choice = f"<mc:Choice><w:pict>{box}</w:pict></mc:Choice><mc:Fallback>{box}</mc:Fallback>"
    body = f"<w:p><w:r><w:t>Around it.</w:t>{choice}</w:r></w:p>"
    text = f'<w:document {w} xmlns:mc="m"><w:body>{body}</w:body></w:document>'
    assert texts(read_text(zipped({"word/document.xml": text}), "x.docx")) == [
        "Around it.\nIn the box."
    ]


def test_slides_in_the_order_they_are_shown(notes: Path) -> None:
    document = read(notes, "slides.pptx")
    assert [(p.heading, p.text) for p in document.passages] == [
        ("첫째 장", "- 벼는 물에서 자란다.\n- 보리는 아니다.\n여기서 잠시 쉰다."),
        ("둘째 장", "끝입니다."),
    ]


def test_pdf_pages_without_what_stands_on_each(notes: Path) -> None:
    document = read(notes, "trees.pdf")
    assert texts(document)[0] == "The oak lives for 500 years.\nIts bark is thick."
    assert len(document.passages) == 3
    assert [item.reason for item in document.report.dropped] == ["stands on every page"] * 3


def test_a_pdf_without_its_reader_says_what_to_install(
    read_text: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(NotesError, match="pip install pypdfium2"):
        read_text(PDF, "x.pdf")


def test_a_pdf_that_takes_for_ever_is_given_up(
    read_text: Reader, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    worker = tmp_path / "worker.py"
    worker.write_text("import time; time.sleep(30)")
    monkeypatch.setattr(pdf, "_WORKER", worker)
    monkeypatch.setattr(pdf, "_SECONDS", 0.2)
    with pytest.raises(NotesError, match="took longer"):
        read_text(PDF, "x.pdf")
    worker.write_text("import os; os.kill(os.getpid(), 11)")
    monkeypatch.setattr(pdf, "_SECONDS", 20)
    with pytest.raises(NotesError, match="damaged"):
        read_text(PDF, "x.pdf")


def test_notebook_cells(notes: Path) -> None:
    document = read(notes, "lab.ipynb")
    assert [(p.heading, p.text, p.place.first) for p in document.passages] == [
        ("실험", "물을 끓인다. 2분 걸린다.", 1.0),
        ("실험", "x = 1\nprint(x)", 2.0),
        ("실험 > Result", "It boiled at 99.5 degrees.", 3.0),
    ]


def test_an_old_notebook_without_cells_has_no_text(read_text: Reader) -> None:
    document = read_text(b'{"worksheets": [{"cells": null}, 7, {}], "nbformat": 3}', "x.ipynb")
    assert document.report.problems == ("no text was found in it",)
    sheet = {"cells": [{"cell_type": "code", "input": "depth = 318"}]}
    old = json.dumps({"worksheets": [{"cells": None}, sheet], "nbformat": 3})
    assert texts(read_text(old, "y.ipynb")) == ["depth = 318"]


@pytest.mark.parametrize("level", ["\u00b2", "-1", "x", "", "9" * 5000, "\u0663"])
def test_a_heading_level_that_is_no_number_stops_nothing(read_text: Reader, level: str) -> None:
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    outline = f'<w:pPr><w:outlineLvl w:val="{level}"/></w:pPr>'
    style = f'<w:styles xmlns:w="{w}"><w:style w:styleId="a">{outline}</w:style></w:styles>'
    body = f"<w:p>{outline}<w:r><w:t>Tides</w:t></w:r></w:p><w:p><w:r><w:t>Low.</w:t></w:r></w:p>"
    text = f'<w:document xmlns:w="{w}"><w:body>{body}</w:body></w:document>'
    document = read_text(zipped({"word/document.xml": text, "word/styles.xml": style}), "x.docx")
    assert "Low." in texts(document)[-1]


def _bomb() -> bytes:
    return zipped({"word/document.xml": " " * (49 * 1024 * 1024)})


def _entities(encoding: str = "utf-8") -> bytes:
    text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'
    return zipped({"word/document.xml": text.encode(encoding)})


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("x.docx", b"not a zip", "cannot be unpacked"),
        ("x.docx", docx()[:400], "cannot be unpacked"),
        ("x.pptx", docx(), "no slides"),
        ("x.docx", _bomb(), "unpacks to more than"),
        ("x.docx", _entities(), "document type"),
        ("x.docx", _entities("utf-16"), "document type"),
        ("x.hwpx", docx(), "no text part"),
        ("x.hwpx", zipped({"Contents/section0.xml": "<a", "META-INF/manifest.xml": ""}), "damaged"),
        (
            "x.hwpx",
            zipped(
                {
                    "Contents/section0.xml": b"\x07",
                    "META-INF/manifest.xml": "<encryption-data/>",
                }
            ),
            "is encrypted",
        ),
        ("x.pdf", b"no pdf at all", "not a PDF"),
        ("x.pdf", PDF[:60], "damaged"),
        ("x.ipynb", b"{", "not valid JSON"),
        ("x.ipynb", b"[" * 100_000, "not valid JSON"),
        ("x.ipynb", b'{"cells": 3}', "no cells"),
        ("x.ipynb", b'{"cells": null}', "no cells"),
    ],
)
def test_a_damaged_file_is_one_line(read_text: Reader, name: str, data: bytes, words: str) -> None:
    with pytest.raises(NotesError, match=words) as caught:
        read_text(data, name)
    assert name in caught.value.what
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
