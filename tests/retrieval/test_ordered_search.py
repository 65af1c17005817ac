from __future__ import annotations

from collections.abc import Sequence

import pytest

from pipeline.answering.search import model_reranker
from pipeline.config import Config
from pipeline.engine import ScriptedEngine
from pipeline.errors import ModelError
from pipeline.retrieval import Index, build, open_index
from pipeline.retrieval.ordered_search import diversify, search, with_neighbours
from pipeline.retrieval.rerank import cross_encoder, rerank
from pipeline.types import Confidence, Cost, Hit, Passage, Place
from tests.retrieval.conftest import make_config


def hit(name: str, score: float) -> Hit:
    return Hit(Passage(name, name, "a.md", Place("a.md", 1, 1)), score, {"words": 1})


def test_the_model_can_turn_a_close_call() -> None:
    def score(question: str, passages: Sequence[str]) -> list[float]:
        return [-10.0 if text == "a" else -1.0 for text in passages]

    again = rerank([hit("a", 5.0), hit("b", 4.9), hit("c", 0.0)], "?", score, weight=0.5)
    assert [h.passage.id for h in again] == ["b", "a", "c"]
    assert again[0].ranks == {"words": 1, "model": 1}
    assert [h.score for h in again] == sorted((h.score for h in again), reverse=True)


def test_a_clear_winner_costs_nothing() -> None:
    def score(question: str, passages: Sequence[str]) -> list[float]:
        raise AssertionError("was asked")

    hits = [hit("a", 9.0), hit("b", 1.0)]
    assert rerank(hits, "?", score) == hits
    assert rerank([], "?", score) == []


def test_the_question_is_scored_after_each_passage_and_paid_for() -> None:
    class Model(ScriptedEngine):
        def _sure(self, text: str, draw: int) -> Confidence:
            assert text.endswith("Question: who?")
            return Confidence(mean_logprob=-float(len(text)))

    costs: list[Cost] = []
    model = Model({})
    values = model_reranker(lambda: model, costs.append)("who?", ["short", "longer text"])
    assert values[0] > values[1]
    assert [cost.prompt_tokens for cost in costs] == [4, 5]


@pytest.mark.model
def test_a_cross_encoder_that_is_not_there(tmp_path: object) -> None:
    with pytest.raises(ModelError, match=r"retrieval\.rerank: .*nowhere"):
        cross_encoder("/nowhere/model")("?", ["a", "b"])


def test_near_duplicates_make_room(lexical: Index) -> None:
    found = lexical.find("bees winter honey dance bread 소금", 8)
    hits, rows = [h for _, h in found], [row for row, _ in found]
    # The best passage twice, as if the notes held it again.
    plain = diversify(lexical, [hits[0], *hits], [rows[0], *rows], 3, 0.0)
    mixed = diversify(lexical, [hits[0], *hits], [rows[0], *rows], 3, 0.7)
    assert plain[1].passage.id == plain[0].passage.id
    assert len({h.passage.id for h in mixed}) == 3


def test_neighbours_are_of_the_same_note_and_come_once(lexical: Index) -> None:
    found = lexical.find("steam crust oven", 1)
    wide = with_neighbours(lexical, [h for _, h in found], [row for row, _ in found], 2)
    assert {h.passage.source for h in wide} == {"bread.md"}
    assert len({h.passage.id for h in wide}) == len(wide) > 1


def test_the_configuration_orders_the_search(workshop: Config) -> None:
    text = "{arms: [words, grams], rerank: model, rerank_top: 3, neighbours: 1, diversity: 0.3}"
    config = make_config(workshop.file.parent, text)
    build(config)
    asked = []

    def score(question: str, passages: Sequence[str]) -> list[float]:
        asked.append(len(passages))
        return [0.0] * len(passages)

    with open_index(config) as index:
        hits = search(index, "steam crust bees honey", 1, score)
        assert len(hits) > 1
        search(index, "bees", 1)
        assert "not reranked" in index.notices[-1]
