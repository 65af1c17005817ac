"""Course notes as their owner has them, where they are at hand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.notes import cite, read
from pipeline.notes.novelty import traits
from pipeline.text.sentences import sentences

SHARED = Path(__file__).parents[2] / "../shared/notes"
pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the owner's notes are not beside this checkout"
)


@pytest.mark.model
def test_the_mojibake_note_is_read() -> None:
    document = read(SHARED, "day4-parameters.mojibake.md")
    text = "\n".join(passage.text for passage in document.passages)
    headings = {heading for passage in document.passages for heading in passage.headings}
    for line in (
        "- GPT-1: 1억 1,700만 개", "- GPT-2: 15억 개", "- GPT-3: 1,750억 개",
        "- GPT-4: 1조 7,600억 개 (추정)",
    ):  # fmt: skip
        assert line in text.split("\n")
    assert {"파라미터의 진화와 스케일링 전략", "파라미터, LLM 지능의 근간"} <= headings
    assert "2025-12-31 파라미터와 두 가지 스케일링 전략" in headings
    for word in ("파라미터", "모델", "학습", "Chinchilla", "RAG", "MoE", "추론", "스케일링"):
        assert word in text
    assert not re.search("[κλμν]", text)
    confident = [repair.confidence for repair in document.report.repaired]
    assert sum(confident) / len(confident) >= 0.9


def test_the_blog_page_is_its_article() -> None:
    document = read(SHARED, "llm-growth.blog.txt")
    lines = "\n".join(passage.text for passage in document.passages).split("\n")
    raw = (SHARED / "llm-growth.blog.txt").read_text("utf-8").split("\n")
    headings = {heading for passage in document.passages for heading in passage.headings}
    for line in raw[39:76]:  # the article
        assert line.strip() in lines or line.strip("ㅁ ") in headings, line
    dropped = {item.line for item in document.report.dropped}
    assert set(range(1, 40)) <= dropped  # calendar, tag cloud, menu
    assert set(range(77, len(raw) + 1)) <= dropped | {len(raw)}


def test_the_transcript_has_sentences_and_times() -> None:
    document = read(SHARED, "parameters.vtt.txt")
    assert document.source.kind == "transcript"
    assert document.passages[0].place.unit == "time"
    for passage in document.passages:
        assert "|" not in passage.text
        assert "-->" not in passage.text
        for start, end in sentences(passage.text, "ko"):
            place = cite(SHARED, passage, start, end).place
            assert 0 <= place.first < place.last <= 301


def test_the_looping_article_is_folded_without_a_fact_lost() -> None:
    document = read(SHARED, "small-llm.article.md")
    raw = (SHARED / "small-llm.article.md").read_text("utf-8")
    assert document.report.kept < 0.6 * len(raw)
    text = "\n".join(f"{' '.join(p.headings)}\n{p.text}" for p in document.passages)
    before, after = traits(re.sub(r"\[ref[^\]]*\]|\(http[^)]*\)|[*#=]", " ", raw)), traits(text)
    lost = {word for word in before.content - after.content if len(word) > 1}
    assert len(lost) <= 0.01 * len(before.content), lost
    assert {n for n in before.numbers - after.numbers if len(n) > 1} == set()
    assert any("breaks off" in problem for problem in document.report.problems)
