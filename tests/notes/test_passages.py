"""Passages: their size, their borders, their ids."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.notes import Document
from pipeline.notes.passage_units import unit_text, units
from pipeline.text.language import size_of

Reader = Callable[..., Document]


def test_length_and_borders(read_text: Reader) -> None:
    english = " ".join(f"Sentence number {n} of a long paragraph has ten words." for n in range(90))
    korean = " ".join(
        f"이 문장은 {n}번째이며 스무 글자가 조금 넘는 길이로 쓰였다." for n in range(90)
    )
    for text in (english, korean):
        passages = read_text(f"# Title\n\n{text}\n").passages
        sizes = [size_of(passage.text) for passage in passages]
        assert all(60 <= size <= 155 for size in sizes), sizes
        for passage in passages:
            assert passage.text.endswith((".", "다."))
            assert passage.headings == ("Title",)


def test_no_passage_crosses_a_heading(read_text: Reader) -> None:
    text = "\n\n".join(f"## H{n}\n\nOne line under heading {n}." for n in range(9))
    passages = read_text(text).passages
    assert [passage.headings for passage in passages] == [(f"H{n}",) for n in range(9)]


def test_a_heading_with_nothing_below_is_not_lost(read_text: Reader) -> None:
    passages = read_text("# A\n\n## B\n\n## C\n\ntext\n").passages
    assert [(p.text, p.headings) for p in passages] == [("B", ("A", "B")), ("text", ("A", "C"))]


def test_tables_and_code_stay_whole_where_they_fit(read_text: Reader) -> None:
    filler = "Words before the table fill most of one passage. " * 12
    table = "| a | b |\n|---|---|\n" + "\n".join(f"| row {n} | {n * n} |" for n in range(25))
    code = "```\n" + "\n".join(f"line_{n} = {n}" for n in range(30)) + "\n```"
    passages = read_text(f"{filler}\n\n{table}\n\n{filler}\n\n{code}\n").passages
    holding = [p for p in passages if "row 0 " in p.text]
    assert len(holding) == 1
    assert "| row 24 | 576 |" in holding[0].text
    assert sum("line_0 = 0" in p.text and "line_29 = 29" in p.text for p in passages) == 1


def test_a_long_table_is_cut_between_rows_with_its_header(read_text: Reader) -> None:
    table = "| name | value |\n|---|---|\n" + "\n".join(
        f"| row {n} | {n * n} |" for n in range(200)
    )
    passages = read_text(f"# T\n\n{table}\n").passages
    assert len(passages) > 2
    for passage in passages:
        assert all(line.startswith("|") and line.endswith("|") for line in passage.text.split("\n"))
    assert all(p.headings == ("T", "| name | value |") for p in passages[1:])
    for passage in passages:
        rows = [one for one in units(passage) if one.kind == "row"]
        assert len(rows) == passage.text.count("row ")
        assert {one.context for one in rows} == {"| name | value |"}
        assert unit_text(passage, rows[0]).startswith("T: name: row ")


def test_a_padded_header_heads_the_rest_of_its_table(read_text: Reader) -> None:
    rows = "\n".join(f"| row {n}{' ' * 90} | {n} | {n * n} |" for n in range(200))
    table = f"| name{' ' * 120} | value{' ' * 120} | square |\n|---|---|---|\n{rows}\n"
    later = read_text(f"# T\n\n{table}").passages[1:]
    assert {passage.headings for passage in later} == {("T", "| name | value | square |")}


def test_text_without_any_sentence_end_is_cut_between_words(read_text: Reader) -> None:
    passages = read_text("word " * 2000, "a.txt").passages
    assert all(size_of(passage.text) <= 160 for passage in passages)
    assert sum(passage.text.count("word") for passage in passages) <= 2000


def test_ids_depend_on_path_and_text_alone(read_text: Reader) -> None:
    one = read_text("# A\n\nThe same words.\n", "one.md").passages[0]
    again = read_text("# B\n\nmore\n\n# A\n\nThe same words.\n", "one.md").passages[1]
    other = read_text("# A\n\nThe same words.\n", "two.md").passages[0]
    assert one.id == again.id != other.id
    assert len(one.id) == 16
    assert one.place != again.place
