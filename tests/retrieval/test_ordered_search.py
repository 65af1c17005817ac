from __future__ import annotations

from collections.abc import Sequence

import pytest

from pipeline.answering.loop import likelihoods, one_step, run
from pipeline.answering.search import OrderedIndex, model_reranker
from pipeline.config import Config
from pipeline.engine import ScriptedEngine
from pipeline.errors import ModelError
from pipeline.pool import MemoryPool
from pipeline.retrieval import Index, build, open_index
from pipeline.retrieval.ordered_search import diversify, search, with_neighbours
from pipeline.retrieval.rerank import cross_encoder, rerank
from pipeline.types import Confidence, Hit, Hits, Passage, Place, Search
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


class Model(ScriptedEngine):
    """Takes the shorter text for the likelier."""

    def _sure(self, text: str, draw: int) -> Confidence:
        return Confidence(mean_logprob=-float(len(text)))


def test_the_question_is_scored_after_each_passage() -> None:
    model = Model({})
    values = model_reranker(likelihoods(lambda: model))("who?", ["short", "longer text"])
    assert values[0] > values[1]


def test_reranking_is_pooled_replayed_and_priced_by_the_loop(workshop: Config) -> None:
    config = make_config(workshop.file.parent, "{arms: [words], rerank: model}")
    build(config)
    engine = Model({})
    with open_index(config) as index:
        notes, pool = OrderedIndex(index), MemoryPool(engine.info)

        def search(k: int) -> Hits:
            wanted = [Search("steam crust bees honey", k, notes.identity)]
            (found,) = run(one_step(wanted), lambda: engine, notes.look_up, pool)
            assert isinstance(found, Hits)
            return found

        first, read = search(1), len(engine.scored)
        wider = search(2)
        assert len(engine.scored) == read > 1  # the same passages are read for both
        assert (len(first.hits), len(wider.hits)) == (1, 2)
        assert first.cost.prompt_tokens == wider.cost.prompt_tokens > 0
        assert first.cost.seconds > 0
        assert [hit.ranks.get("model") for hit in wider.hits].count(1) == 1
        assert OrderedIndex(index, lambda: engine).search("steam crust bees honey", 2) == [
            *wider.hits
        ]


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
