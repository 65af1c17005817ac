"""Metrics worked out by hand, the table, the runs, and the question set over notes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.retrieval.table import METRICS, RetrievalRun, compare, measure, metrics_of, ndcg, rows
from evals.retrieval.ways import (
    RetrievalMethod,
    diverse,
    neighbourly,
    notes_passages,
    reranked,
    run_arms,
    write_trec,
)
from evals.tasks.collection import Query
from evals.tasks.formats.notes_qa_retrieval import LOST, load_notes_questions
from pipeline.config import Config
from pipeline.errors import DatasetError
from pipeline.retrieval import Index, build, open_index
from pipeline.types import Passage
from tests.retrieval.conftest import NOTES, make_config, write_notes


def query(name: str = "q", **changes: object) -> Query:
    facts = {"text": "?", "language": "en", "gains": {"a": 1}, "cluster": name, **changes}
    return Query(name, **facts)  # type: ignore[arg-type]


def test_metrics_by_hand() -> None:
    two = query(gains={"a": 1, "b": 1, "c": 0})
    found = measure(two, ["x", "a", "c", "y", "z", "w", "b"])
    assert found["recall@1"] == 0
    assert found["recall@5"] == 0.5
    assert found["recall@10"] == 1
    assert found["mrr@10"] == 0.5
    ideal = 1 / math.log2(2) + 1 / math.log2(3)
    assert found["ndcg@10"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(8)) / ideal)
    assert "all@5" not in found


def test_ndcg_has_linear_gain() -> None:
    gains = {"a": 3, "b": 1}
    assert ndcg(["b", "a"], gains) == pytest.approx((1 + 3 / math.log2(3)) / (3 + 1 / math.log2(3)))
    assert ndcg(["a", "b"], gains) == 1
    assert ndcg([], gains) == 0


def test_one_right_passage_is_a_find_and_all_parts_are_told_apart() -> None:
    parts = (frozenset({"a", "b"}), frozenset({"c"}))
    asked = query(gains={"a": 1, "b": 1, "c": 1}, parts=parts)
    found = measure(asked, ["b", "x", "y", "z", "w", "c"])
    assert found["recall@1"] == 1
    assert found["all@5"] == 0
    assert found["all@10"] == 1


def test_past_the_tenth_place_nothing_counts() -> None:
    found = measure(query(), [*"bcdefghijk", "a"])
    assert set(found.values()) == {0.0}


@given(
    st.lists(st.sampled_from("abcdefghijklmn"), unique=True, max_size=14),
    st.dictionaries(st.sampled_from("abcdefghijklmn"), st.integers(0, 3), min_size=1),
)
def test_every_metric_is_a_share(ranked: list[str], gains: dict[str, int]) -> None:
    if any(gains.values()):
        found = measure(query(gains=gains, parts=(frozenset(gains),)), ranked)
        assert all(0 <= value <= 1 + 1e-12 for value in found.values())
        assert found["recall@1"] <= found["recall@5"] <= found["recall@10"]


def runs_of(queries: list[Query]) -> tuple[RetrievalRun, RetrievalRun]:
    """The first finds every answer at once; the second every fourth only second."""
    first = RetrievalRun("fused", {q.id: [("a", 1.0)] for q in queries})
    second = RetrievalRun(
        "words",
        {q.id: [("b", 2.0), ("a", 1.0)] if int(q.id) % 4 == 0 else [("a", 1.0)] for q in queries},
    )
    return first, second


def test_the_table_is_paired_against_the_first_run() -> None:
    queries = [query(str(i), cluster=str(i // 2)) for i in range(40)]
    queries += [query(str(i), language="ko", group="ko to en") for i in range(40, 50)]
    runs = runs_of(queries)
    table = {(row.language, row.run, row.metric): row for row in rows(queries, runs)}
    assert {language for language, _, _ in table} == {"en", "ko to en"}
    mine, other = table["en", "fused", "recall@1"], table["en", "words", "recall@1"]
    assert (mine.mean, mine.queries, mine.gain) == (1, 40, None)
    assert 0.8 < mine.low < mine.high == 1  # forty of forty is not certainty
    assert other.mean == 0.75
    assert other.gain == pytest.approx(-0.25)
    assert other.gain_low is not None
    assert other.gain_high is not None
    assert other.gain_low < -0.25 < other.gain_high < 0
    same = compare(queries, runs[0], runs[0], "mrr@10")
    assert same.value == 0
    assert same.low < 0 < same.high


def test_all_parts_are_shown_where_every_question_has_them() -> None:
    plain, parted = query("1"), query("2", parts=(frozenset("a"),))
    assert metrics_of([plain, parted]) == METRICS
    assert metrics_of([parted]) == (*METRICS, "all@5", "all@10")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("notes")
    write_notes(folder / "notes", NOTES)
    config = make_config(folder)
    build(config)
    with open_index(config) as opened:
        yield opened


QUESTIONS: list[dict[str, Any]] = [
    {
        "id": "1",
        "question": "At how many degrees is bread baked?",
        "spans": [{"source": "bread.md", "quote": "Bread is baked at 230 degrees with steam."}],
    },
    {
        "id": "2",
        "question": "When do bees and potatoes rest?",
        "language": "en",
        "cluster": "bees.md",
        "spans": [
            {"source": "bees.md", "quote": "They eat the\nhoney stored in summer."},
            {"source": "감자.md", "quote": "어둡고 서늘한 곳에 두면 봄까지 간다."},
        ],
        "split": "dev",
    },
    {
        "id": "3",
        "question": "Why is there a tide?",
        "spans": [{"source": "바다.md", "quote": "달의 인력이 바닷물을 끌어당겨 밀물이 생긴다."}],
    },
    {"id": "4", "question": "Who baked it?", "answerable": False, "spans": []},
]


def dataset(folder: Path, *changed: dict[str, Any]) -> Path:
    file = folder / "own.jsonl"
    lines = [json.dumps(row, ensure_ascii=False) for row in (*QUESTIONS, *changed)]
    file.write_text("\n".join(lines) + "\n\n", encoding="utf-8")
    return file


def test_gold_quotes_become_right_passages(index: Index, tmp_path: Path) -> None:
    passages = notes_passages(index.config)
    found = load_notes_questions(dataset(tmp_path), passages)
    by_id = {q.id: q for q in found.queries}
    assert set(by_id) == {"1", "2", "3"}
    text = {p.id: p.text for p in passages}
    (gold,) = by_id["1"].gains
    assert "230 degrees" in text[gold]
    assert len(by_id["2"].parts) == 2
    assert [by_id[name].row for name in "123"] == ["en", "en", "en to ko"]
    assert [by_id[name].cluster for name in "12"] == ["1", "bees.md"]
    assert not found.notices
    assert [q.id for q in load_notes_questions(dataset(tmp_path), passages, "dev").queries] == ["2"]


def test_other_sentences_bear_out_the_one_span(index: Index, tmp_path: Path) -> None:
    row = {
        **QUESTIONS[0],
        "id": "9",
        "also": [{"source": "bees.md", "quote": "They eat the honey stored in summer."}],
    }
    found = load_notes_questions(dataset(tmp_path, row), notes_passages(index.config))
    (part,) = found.queries[-1].parts
    assert len(part) == len(found.queries[-1].gains) == 2


def test_gold_text_that_no_passage_holds_counts_as_missed(index: Index, tmp_path: Path) -> None:
    row = {**QUESTIONS[0], "id": "9", "spans": [{"source": "bees.md", "quote": "not there at all"}]}
    found = load_notes_questions(dataset(tmp_path, row), notes_passages(index.config))
    lost = found.queries[-1]
    assert lost.gains == {LOST: 1}
    assert set(measure(lost, ["a", "b"]).values()) == {0.0}
    assert found.notices == ("1 questions have quotes that no passage holds; it counts as missed.",)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", r":5: not valid JSON"),
        ("[]", r":5: needs `id`"),
        ('{"id": "9", "question": " ", "spans": [1]}', r":5: needs `id`"),
        ('{"id": "9", "question": "Who?"}', r":5: needs `id`, `question`, and `spans`"),
        ('{"id": "9", "question": "Who?", "spans": {}}', r":5: needs"),
        ('{"id": "9", "question": "Who?", "spans": [{"source": "bees.md"}]}', r":5: .*quote"),
        ('{"id": "9", "question": "Who?", "spans": ["x"]}', r":5: a span needs"),
        (
            '{"id": "9", "question": "Who?", "spans": [{"source": "no.md", "quote": "x"}]}',
            r":5: 'no.md' is not among the notes",
        ),
        (json.dumps(QUESTIONS[0]), r":5: the id '1' is there twice"),
    ],
)
def test_a_bad_line_is_named(index: Index, tmp_path: Path, line: str, words: str) -> None:
    file = dataset(tmp_path)
    file.write_text(file.read_text(encoding="utf-8").rstrip() + "\n" + line, encoding="utf-8")
    with pytest.raises(DatasetError, match=words) as caught:
        load_notes_questions(file, notes_passages(index.config))
    assert "\n" not in str(caught.value)


def test_a_split_without_questions(index: Index, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="'test' holds no question"):
        load_notes_questions(
            dataset(tmp_path, {**QUESTIONS[3], "id": "9", "split": "test"}),
            list(notes_passages(index.config)),
            "test",
        )


def test_every_arm_and_all_are_asked(index: Index, tmp_path: Path) -> None:
    collection = load_notes_questions(dataset(tmp_path), notes_passages(index.config))
    costs: dict[str, float] = {}
    extra: dict[str, RetrievalMethod] = {"nothing": lambda question: []}
    runs = run_arms(index, collection.queries, extra, costs=costs)
    assert [run.name for run in runs] == ["fused", "words", "grams", "headings", "nothing"]
    assert set(costs) == {run.name for run in runs}
    assert all(seconds >= 0 for seconds in costs.values())
    first = collection.queries[0]
    assert runs[0].ranked[first.id][0][0] in first.gains
    assert runs[-1].ranked[first.id] == []


def test_ways_of_reordering(index: Index) -> None:
    question = "steam and honey for the loaf and the bees"
    plain = [hit.passage.id for hit in index.search(question, 10)]
    texts = {hit.passage.id: hit.passage.text for hit in index.search(question, 10)}

    def last_first(question: str, passages: object) -> list[float]:
        return [100.0 * (text == texts[plain[1]]) for text in list(passages)]  # type: ignore[call-overload]

    again = [hit.passage.id for hit in reranked(index, last_first, 5)(question)]
    assert again[0] == plain[1]
    assert sorted(again) == sorted(plain)
    assert len(diverse(index, 0.5)(question)) == len(plain)
    near = neighbourly(index, 1)(question)
    assert near[0].passage.id == plain[0]
    assert len({hit.passage.id for hit in near}) == len(near)
    first = neighbourly(index, 1)("waggle dance")
    assert [hit.passage.source for hit in first[:2]] == ["bees.md", "bees.md"]


def test_trec_runs(tmp_path: Path) -> None:
    write_trec(tmp_path / "run.trec", [RetrievalRun("fused", {"a b": [("p 1", 2.5), ("p2", 1.0)]})])
    assert (tmp_path / "run.trec").read_text(encoding="utf-8").splitlines() == [
        "a_b Q0 p_1 1 2.500000 fused",
        "a_b Q0 p2 2 1.000000 fused",
    ]


def test_passages_of_the_notes_are_those_of_the_index(index: Index) -> None:
    config: Config = index.config
    found: tuple[Passage, ...] = notes_passages(config)
    assert [p.id for p in found] == [p.id for p in index.passages]
