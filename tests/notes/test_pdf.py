"""PDF: columns, tables, headings, broken words and running heads, told by where the text stands."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.notes import Document, cite, read
from pipeline.notes.formats.pdf.layout import layout
from pipeline.notes.formats.pdf.linebreaks import mend_line_breaks
from pipeline.notes.formats.pdf.lines import TextRun
from pipeline.notes.formats.pdf.paragraphs import Paragraph, paragraphs_of
from tests.notes.pdfs import Text, column, pdf_of, row, width_of

Reader = Callable[..., Document]

WHALES = (
    "The harbour porpoise lives along cold coasts and is the smallest of the whales here. A grown "
    "animal weighs about 55 kilograms and dives for six minutes at most. It hunts herring near "
    "the bottom and is rarely seen from a boat, because it shows only its back."
)
SEALS = (
    "The ringed seal keeps holes open in the ice with its claws and needs one every hour. A grown "
    "animal weighs about 70 kilograms and lives for forty years at most. It gives birth under "
    "the snow in spring, and the pup stays in the lair until the ice begins to break."
)
GULLS = (
    "The ivory gull follows the bear and eats what the bear leaves, even in the dark winter. A "
    "pair raises two chicks on a bare cliff and feeds them for five weeks. It was counted from "
    "the air in 2009, when 1,720 birds were found on the northern islands of the group."
)


def texts(document: Document) -> list[str]:
    return [passage.text for passage in document.passages]


def whole(document: Document) -> str:
    return "\n".join(texts(document))


def zipped(*columns: list[Text]) -> list[Text]:
    """The lines of columns drawn row by row, as a careless program draws them."""
    longest = max(map(len, columns))
    return [c[i] for i in range(longest) for c in columns if i < len(c)]


def in_order(text: str, *parts: str) -> None:
    """The parts stand in a text one after the other."""
    places = [text.index(part) for part in parts]
    assert places == sorted(places), text


def test_columns_are_read_one_after_the_other(read_text: Reader) -> None:
    data = pdf_of(zipped(column(WHALES, 50, 80, 215), column(SEALS, 320, 80, 215)))
    text = whole(read_text(data, "x.pdf"))
    assert " ".join(text.split()) == f"{WHALES} {SEALS}"


def test_three_columns(read_text: Reader) -> None:
    columns = [column(t, x, 80, 160, 9) for x, t in ((40, WHALES), (215, SEALS), (390, GULLS))]
    text = whole(read_text(pdf_of(zipped(*columns)), "x.pdf"))
    assert " ".join(text.split()) == f"{WHALES} {SEALS} {GULLS}"


def test_a_title_above_columns_and_a_line_below(read_text: Reader) -> None:
    title = Text(90, 60, "Animals of the northern coast and of its ice, counted each year", 16)
    wide = "Both were counted from the air in 1988 and again from ships in the summer of 2011."
    lines = zipped(column(WHALES, 50, 100, 215), column(SEALS, 320, 100, 215))
    below = column(wide, 50, 240, 480)
    document = read_text(pdf_of([*lines, *below, title]), "x.pdf")
    assert document.source.title == title.text
    assert {passage.heading for passage in document.passages} == {title.text}
    in_order(whole(document), WHALES[-30:], SEALS[:30], SEALS[-30:], wide)


def test_a_figure_with_its_caption_stands_in_its_column(read_text: Reader) -> None:
    left = column(WHALES + " " + GULLS, 50, 80, 215)
    figure = [*row(100, {340: "0.2", 400: "0.4", 460: "0.6"}), Text(320, 130, "Fig. 1: dives.", 8)]
    right = column(SEALS, 320, 160, 215)
    text = " ".join(whole(read_text(pdf_of(zipped(left, [*figure, *right])), "x.pdf")).split())
    in_order(text, WHALES, GULLS, "Fig. 1: dives.", SEALS)


def test_a_sidebar_is_no_row_of_the_text(read_text: Reader) -> None:
    main = column(f"{WHALES} {SEALS}", 200, 80, 310)
    side = column("Porpoises are counted by their calls, which last 100 microseconds and come in "
                  "trains of clicks", 50, 83, 115, 8, 1.45)  # fmt: skip
    text = whole(read_text(pdf_of(zipped(side, main)), "x.pdf"))
    assert WHALES in " ".join(text.split())
    assert "last 100 microseconds and" in " ".join(text.split())
    assert "|" not in text


def test_the_end_of_a_paper_has_columns_where_its_pages_have(read_text: Reader) -> None:
    first = zipped(column(WHALES, 50, 80, 215), column(SEALS, 320, 80, 215))
    last = row(80, {50: "The count of 2011 found 312 animals", 320: "and the next is due in 2031."})
    text = texts(read_text(pdf_of(first, last), "x.pdf"))[-1]
    assert "|" not in text
    assert text.split("\n") == [last[0].text, last[1].text]


def test_a_row_of_a_table_is_its_cells(read_text: Reader) -> None:
    lines = [
        *row(80, {60: "Lake", 200: "Depth (m)", 300: "Area"}),
        *row(96, {60: "Tovar", 200: "318", 300: "5"}),
        *row(112, {60: "Great Merrow", 200: "27", 300: "14"}),
        *row(128, {60: "Oss", 300: "9"}),
    ]
    assert texts(read_text(pdf_of(lines), "x.pdf")) == [
        "Lake | Depth (m) | Area\nTovar | 318 | 5\nGreat Merrow | 27 | 14\nOss |  | 9"
    ]


def test_numbers_set_to_the_right_are_cells(read_text: Reader) -> None:
    lines = list(
        chain(
            row(80, {60: "Rent of the hall", 300: "1,250"}),
            row(96, {60: "Heating", 306.1: "90.5"}),
            row(112, {60: "Chairs and tables, with transport", 311.1: "4"}),
        )
    )
    assert texts(read_text(pdf_of(lines), "x.pdf"))[0].split("\n") == [
        "Rent of the hall | 1,250",
        "Heating | 90.5",
        "Chairs and tables, with transport | 4",
    ]


def test_cells_that_go_on_below_stay_in_their_row(read_text: Reader) -> None:
    lines = [
        *row(80, {60: "Term", 200: "Meaning"}),
        *row(104, {60: "Drift", 200: "slow movement of the"}),
        Text(200, 116, "whole field of ice"),
        *row(140, {60: "Lead", 200: "open water between"}),
        Text(200, 152, "floes"),
    ]
    assert texts(read_text(pdf_of(lines), "x.pdf"))[0].split("\n") == [
        "Term | Meaning",
        "Drift | slow movement of the whole field of ice",
        "Lead | open water between floes",
    ]


def test_a_table_of_a_turned_page_is_read_as_one(read_text: Reader) -> None:
    lines = [
        Text(60 + 16 * i, 700 - x, word, angle=90)
        for i, words in enumerate((("Gull", "412"), ("Tern", "86"), ("Skua", "7")))
        for x, word in ((0, words[0]), (150, words[1]))
    ]
    expected = ["Gull | 412\nTern | 86\nSkua | 7"]
    assert texts(read_text(pdf_of(lines), "x.pdf")) == expected
    assert texts(read_text(pdf_of(lines, rotate=90), "y.pdf")) == expected


def test_text_up_the_margin_comes_last_and_is_no_heading(read_text: Reader) -> None:
    stamp = Text(20, 500, "Preprint of the institute, third version", 20, angle=90)
    document = read_text(pdf_of([stamp, *column(WHALES, 60, 80, 400)]), "x.pdf")
    assert document.source.title == "x"
    in_order(" ".join(whole(document).split()), WHALES, stamp.text)


def test_one_column_stays_as_it_was(read_text: Reader) -> None:
    """Paragraphs, a list and short lines; no bars, no lost breaks."""
    lines = [
        *column(WHALES, 60, 80, 400),
        *column(SEALS, 60, 150, 400),
        *row(220, {60: "1.", 78: "They breathe air."}),
        *row(232, {60: "2."}),
        *column(
            "They feed their young for a year or for more than a year, on a milk fatter than "
            "that of cows.",
            78,
            232,
            382,
        ),
        Text(60, 270, "Aquarium of Vesterhavn"),
        Text(60, 282, "Pier Street 4"),
    ]
    assert texts(read_text(pdf_of(lines), "x.pdf")) == [
        f"{WHALES}\n{SEALS}\n1. They breathe air.\n2. They feed their young for a year or for more "
        "than a year, on a milk fatter than that of cows.\nAquarium of Vesterhavn\nPier Street 4"
    ]


def test_a_raised_number_is_no_digit_of_the_figure_before_it(read_text: Reader) -> None:
    lines = [
        Text(60, 80, "A litre holds 10"),
        Text(60 + width_of("A litre holds 10"), 76, "6", 6),
        Text(140, 80, "bacteria, as in 1952"),
        Text(140 + width_of("bacteria, as in 1952"), 76, "3", 6),
        Text(60, 94, "at the mouth of the river."),
    ]
    text = whole(read_text(pdf_of(lines), "x.pdf"))
    assert "10^6" in text
    assert "1952^3" in text


def test_larger_letters_are_headings(read_text: Reader) -> None:
    lines = [
        Text(60, 60, "Birds", 18), *column(GULLS, 60, 90, 400), Text(60, 170, "Gulls", 13),
        *column(WHALES, 60, 190, 400),
    ]  # fmt: skip
    document = read_text(pdf_of(lines), "x.pdf")
    assert [passage.heading for passage in document.passages] == ["Birds", "Birds > Gulls"]


def test_running_heads_go_and_what_differs_stays(read_text: Reader) -> None:
    pages = [
        [
            Text(60, 40, f"Counting animals | {n + 11}"),
            Text(60, 80, f"Site {n}: {seats} nests were found."),
            *column(text, 60, 110, 400),
            Text(280, 800, f"page {n} of 4"),
        ]
        for n, seats, text in ((1, 120, WHALES), (2, 86, SEALS), (3, 45, GULLS), (4, 7, SEALS))
    ]
    document = read_text(pdf_of(*pages), "x.pdf")
    dropped = [item.text for item in document.report.dropped]
    assert dropped == list(
        chain.from_iterable((f"Counting animals | {n + 11}", f"page {n} of 4") for n in range(1, 5))
    )
    for n, seats in ((1, 120), (2, 86), (3, 45), (4, 7)):
        assert f"Site {n}: {seats} nests were found." in whole(document)


def test_heads_that_change_with_the_chapter_go_and_overlays_keep_their_text(
    read_text: Reader,
) -> None:
    heads = ["Whales", "Whales", "Seals", "Whales", "Seals", "Seals"]
    bodies = [f"{text} Sheet {n} was written on {n} May." for n, text in
              enumerate((WHALES, SEALS, GULLS, SEALS, WHALES, GULLS), 1)]  # fmt: skip
    pages = [
        [Text(60, 40, head), *column(body, 60, 80, 400)]
        for head, body in zip(heads, bodies, strict=True)
    ]
    document = read_text(pdf_of(*pages), "x.pdf")
    assert [item.text for item in document.report.dropped] == ["Whales", "Whales", "Seals", "Seals"]
    slides = [
        [
            Text(60, 60, "Ice", 20),
            *(Text(60, 100 + 20 * i, point) for i, point in enumerate(points)),
        ]
        for points in (["It floats."], ["It floats.", "It melts."], ["It floats.", "It melts."])
    ]
    text = whole(read_text(pdf_of(*slides), "y.pdf"))
    assert "It floats." in text
    assert "It melts." in text


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["The reef was mapped by an under-", "water camera in 1994."], "underwater camera"),
        (["A well-", "known reef is 40 km long."], "A well-known reef"),
        (["The self-", "consistency of the model is high."], "The self-consistency of"),
        (["It is a state-of-", "the-art instrument."], "a state-of-the-art instrument"),
        (["A 23-", "bit counter reads it."], "A 23-bit counter"),
        (["The years 1914-", "1918 were cold."], "1914-1918 were"),
        (["The Meyer-", "Schmidt scale has 9 steps."], "Meyer-Schmidt scale"),
        (
            ["Its sub-tidal zone is wide. The sub-", "tidal zone has kelp."],
            "The sub-tidal zone has",
        ),
        (["Plankton drifts. The plank-", "ton is counted."], "The plankton is"),
        (["A co-ope-", "rative runs it."], "co-ope-rative runs"),
        (["It grows - slowly -", "but for ever."], "- slowly -\nbut for"),
    ],
)
def test_hyphens_at_line_ends(read_text: Reader, lines: list[str], said: str) -> None:
    placed = [Text(60, 80 + 14 * i, line, 11) for i, line in enumerate(lines)]
    document = read_text(pdf_of(placed), "x.pdf")
    assert said in whole(document)
    (passage,) = document.passages
    assert all(span.verbatim for span in passage.spans)


KOREAN = (
    "한빛 등대는 1907년에 처음 불을 밝혔으며 높이는 43미터이다. 안개가 짙은 날에는 나팔을 불어 "
    "배에 위치를 알렸고, 지금은 무선 신호를 함께 보낸다. 등대지기 두 사람이 여섯 시간마다 교대로 "
    "근무하며 기록을 남긴다."
)


def broken(text: str, most: float, *, words: bool) -> list[str]:
    """The text in lines so many syllables wide, broken between words or anywhere."""
    lines, line = [], ""
    for part in text.split(" ") if words else text:
        longer = f"{line} {part}" if words and line else line + part
        if sum(1.0 if letter >= "가" else 0.5 for letter in longer) > most:
            lines.append(line)
            longer = part
        line = longer
    return [each.strip() for each in [*lines, line]]


def lines_of(lines: list[str]) -> bytes:
    return pdf_of([Text(60, 80 + 16 * i, line, 11) for i, line in enumerate(lines)])


@pytest.mark.parametrize("most", [22, 27, 33])
def test_korean_words_broken_anywhere_are_whole(read_text: Reader, most: int) -> None:
    lines = broken(KOREAN, most, words=False)
    assert any(line.split()[0] not in KOREAN.split() for line in lines[1:])
    assert " ".join(whole(read_text(lines_of(lines), "x.pdf")).split()) == KOREAN


def test_korean_lines_broken_between_words_get_their_space(read_text: Reader) -> None:
    lines = broken(KOREAN, 26, words=True)
    assert " ".join(whole(read_text(lines_of(lines), "x.pdf")).split()) == KOREAN


def test_wide_spaces_are_no_gaps(read_text: Reader) -> None:
    lines = [line.replace(" ", "\u3000") for line in broken(KOREAN, 26, words=True)]
    assert " ".join(whole(read_text(lines_of(lines), "x.pdf")).split()) == KOREAN


def test_no_control_character_is_read(read_text: Reader) -> None:
    lines = [Text(60, 80, "Tidal\x02 range\x07 is 4 m\x00 here.\x1b[31m"), Text(60, 96, "auto\xad")]
    document = read_text(pdf_of(lines), "x.pdf")
    for passage in document.passages:
        assert all(letter == "\n" or letter.isprintable() for letter in passage.text)


def test_the_samples_that_were_misread() -> None:
    folder = Path(__file__).parents[3] / "shared" / "cases" / "pdf"
    if not folder.is_dir():
        pytest.skip("the folder of samples is not here")
    found = {name: whole(read(folder, f"{name}.pdf")) for name in
             ("hyphen", "korean", "table", "two-columns")}  # fmt: skip
    for name in ("hyphen", "korean"):
        said = (folder / f"{name}.md").read_text("utf-8").replace("# ", "")
        assert " ".join(found[name].split()) == " ".join(said.split())
    assert "Avocet | 18 | 6" in found["table"]
    assert "The east wing has 127 rooms" in found["two-columns"]
    assert "The west wing has" not in found["two-columns"]


# -- whatever stands wherever


@st.composite
def pages(draw: st.DrawFn) -> list[list[TextRun]]:
    word = st.text("abcd-12가나.|•", min_size=1, max_size=12)
    place = st.floats(0, 600, allow_nan=False).map(lambda value: round(value, 1))
    size = st.sampled_from([6.0, 10.0, 10.0, 10.0, 14.0])
    angle = st.sampled_from([0, 0, 0, 0, 90, 45])

    @st.composite
    def run(draw: st.DrawFn) -> TextRun:
        text, left, base, height = draw(word), draw(place), draw(place), draw(size)
        grid = draw(st.booleans())
        base = round(base / 12) * 12 if grid else base
        return TextRun(text, left, left + 0.5 * height * len(text), base, height, draw(angle))

    return draw(st.lists(st.lists(run(), max_size=25), max_size=4))


def letters(parts: list[str]) -> Counter[str]:
    return Counter(letter for part in parts for letter in part if letter not in " |^-\n")


def arranged(runs: list[list[TextRun]]) -> list[Paragraph]:
    paragraphs = paragraphs_of(layout(runs))
    mend_line_breaks(paragraphs)
    return paragraphs


@settings(max_examples=150, deadline=None)
@given(pages())
def test_no_letter_is_lost_or_made(runs: list[list[TextRun]]) -> None:
    # Exact copies at one place are a shadow, and are read once.
    runs = [list({(r.text, r.angle): r for r in page}.values()) for page in runs]
    paragraphs = arranged(runs)
    assert letters([line for p in paragraphs for line in p.lines]) == letters(
        [run.text for page in runs for run in page]
    )
    for paragraph in paragraphs:
        assert len(paragraph.wrapped) == len(paragraph.lines) - 1
        assert all(line and line == line.strip() for line in paragraph.lines)
    assert [p.page for p in paragraphs] == sorted(p.page for p in paragraphs)


def crowd(count: int, kind: str) -> list[TextRun]:
    """A page of so many runs, of a kind that asks for much comparing."""
    if kind == "grid":
        return [
            TextRun("7", 30.0 * (i % 40), 30.0 * (i % 40) + 5, 12.0 * (i // 40), 10)
            for i in range(count)
        ]
    if kind == "steps":
        return [
            TextRun("ab", 3.0 * i % 5000, 3.0 * i % 5000 + 9, 2.5 * i, 10) for i in range(count)
        ]
    if kind == "scattered":
        places = random.Random(count)
        lefts = [600 * places.random() for _ in range(count)]
        return [
            TextRun("ab", left, left + 9, 4.0 * places.randrange(count // 8), 10) for left in lefts
        ]
    if kind == "one place":
        return [TextRun(f"w{i}", 10, 30, 10, 10) for i in range(count)]
    return [TextRun("word-", 50, 250, 12.0 * i, 10) for i in range(count)]


@pytest.mark.parametrize("kind", ["grid", "steps", "scattered", "one place", "hyphens"])
def test_twice_the_text_takes_about_twice_the_time(kind: str) -> None:
    def seconds(count: int) -> float:
        page = crowd(count, kind)
        best = float("inf")
        for _ in range(3):
            begun = time.process_time()
            arranged([page])
            best = min(best, time.process_time() - begun)
        return best

    short, long = seconds(1500), seconds(6000)
    assert long < 12 * short + 0.05


def test_every_sentence_of_a_pdf_can_be_cited(tmp_path: Path) -> None:
    lines = zipped(column(WHALES, 50, 80, 215), column(SEALS, 320, 80, 215))
    (tmp_path / "x.pdf").write_bytes(
        pdf_of([*lines, Text(60, 300, "The re-"), Text(60, 314, "port.")])
    )
    for passage in read(tmp_path, "x.pdf").passages:
        quote = cite(tmp_path, passage, 0, len(passage.text)).quote
        assert " ".join(quote.split()) == " ".join(passage.text.split())
