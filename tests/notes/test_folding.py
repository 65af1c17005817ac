"""Repetition: folded where it says nothing new, with every place kept, and never a fact lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.notes import Document, fold
from pipeline.notes.novelty import SaidSentences, traits

Reader = Callable[..., Document]

# A text as a language model writes it when it loops; written for this test.
TOPICS = ("값", "무게", "수명", "소음", "크기", "색")
REASON = "이는 전지와 전동기가 더해지기 때문입니다."
LOOP = "# 전기 자전거\n\n" + "\n\n".join(
    f"## {topic}\n\n전기 자전거는 보통 자전거에 비해 {topic}에서 차이가 있습니다. {REASON} "
    "따라서 전기 자전거를 고를 때는 신중해야 합니다. 전기 자전거를 고를 때는 신중해야 합니다."
    for topic in TOPICS
)
LOOP += f"\n\n## 결론\n\n전지는 500번 충전할 수 있고 무게는 2.6 kg이다. {REASON}\n"


def test_a_text_that_loops_is_folded_to_what_is_new(read_text: Reader) -> None:
    document = read_text(LOOP)
    text = "\n".join(passage.text for passage in document.passages)
    assert document.report.kept < 0.6 * document.report.characters
    assert text.count("더해지기 때문입니다") == 1
    assert text.count("신중해야") == 1
    for topic in TOPICS:
        assert any(topic in passage.heading + passage.text for passage in document.passages)
    assert "500번" in text
    assert "2.6 kg" in text
    assert "repeats itself" in document.report.problems[0]


def test_folded_sentences_keep_their_places(read_text: Reader) -> None:
    document = read_text(LOOP)
    places = {place.start_line for passage in document.passages for place in passage.also}
    folded = {item.place.start_line for item in document.report.folded}
    assert folded
    assert folded <= places
    lines = LOOP.split("\n")
    for item in document.report.folded:
        assert item.text in lines[item.place.start_line - 1]


def test_an_ordinary_text_is_not_folded(read_text: Reader) -> None:
    text = "# Notes\n\n" + "\n\n".join(
        f"The train number {n} leaves at {n} o'clock and calls at station {n * 7}."
        for n in range(40)
    )
    document = read_text(text)
    assert document.report.folded == ()
    joined = "\n".join(passage.text for passage in document.passages)
    assert all(f"number {n} leaves at {n} o'clock" in joined for n in range(40))


def test_a_repeated_passage_is_one_with_two_places(read_text: Reader) -> None:
    paragraph = "The reservoir holds 12,000 cubic metres and was filled for the first time in 1931."
    document = read_text(f"# One\n\n{paragraph}\n\n# Two\n\n{paragraph}\n")
    (passage,) = document.passages
    assert [place.start_line for place in (passage.place, *passage.also)] == [3, 7]


def test_across_files(read_text: Reader) -> None:
    paragraph = (
        "염전에서는 바닷물을 가두어 볕에 말린다. 닷새쯤 지나면 소금이 엉긴다. 그것을 모아 둔다."
    )
    first = read_text(paragraph, "a.md").passages
    second = read_text("새 줄.\n\n" + paragraph.replace("닷새", "닷새 "), "b.md").passages
    kept = fold([*first, *second])
    assert [passage.source for passage in kept] == ["a.md", "b.md"]
    same = fold([*first, *[replace(p, source="c.md") for p in first]])
    assert len(same) == 1
    assert len(same[0].also) == 1


def test_another_number_is_another_fact(read_text: Reader) -> None:
    text = "The model of {} has {} billion parameters, and it was trained on web pages for weeks."
    passages = [
        read_text(text.format(year, size), f"{year}.md").passages[0]
        for year, size in ((2019, 1.5), (2020, 175))
    ]
    assert len(fold(passages)) == 2


def test_not_is_never_folded_away() -> None:
    said = SaidSentences()
    said.add(traits("배열이 정렬되어 있을 때 이 방법을 사용합니다."))
    assert said.covers(traits("배열이 정렬되어 있지 않을 때 이 방법을 사용합니다.")) == -1
    assert said.covers(traits("이 방법은 배열이 정렬되어 있을 때 사용합니다.")) == 0


@given(st.lists(st.sampled_from(LOOP.split("\n\n")), max_size=30), st.integers(0, 99))
@settings(deadline=None)
def test_no_number_and_no_content_word_is_lost(parts: list[str], number: int) -> None:
    from pipeline.notes.folding import fold_sentences
    from pipeline.notes.formats.markdown import parse_markdown

    text = "\n\n".join([*parts, f"전지는 {number}년 갑니다."])
    blocks = parse_markdown(text).blocks
    kept, repeats = fold_sentences(blocks)
    before = traits("\n".join(block.text for block in blocks if block.kind == "text"))
    after = traits("\n".join(block.text for block in kept if block.kind == "text"))
    assert after.content == before.content
    assert after.numbers == before.numbers
    for repeat in repeats:
        assert text[repeat.start : repeat.end].startswith(repeat.text[:5])


def test_a_section_that_breaks_off_is_named(read_text: Reader) -> None:
    things = ("mill", "forge", "bakery", "smithy", "brewery", "dairy")
    text = "\n\n".join(
        f"## Part {n}\n\nThe {thing} was built by the river. It had {n + 2} doors."
        for n, thing in enumerate(things)
    )
    broken = text + "\n\n## Last\n\nThe mill burned down in a storm. After that the people of the\n"
    document = read_text(broken)
    assert document.report.problems == ("line 27: the text breaks off in the middle of a sentence",)
    assert read_text(text).report.problems == ()
