from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline.answering.loop import likelihoods, one_step, run
from pipeline.answering.search import OrderedIndex, model_reranker
from pipeline.config import Config
from pipeline.engine import ScriptedEngine
from pipeline.errors import ModelError
from pipeline.pool import MemoryPool
from pipeline.retrieval import Index, build, open_index
from pipeline.retrieval.ordered_search import diversify, search, with_named, with_neighbours
from pipeline.retrieval.rerank import cross_encoder, rerank
from pipeline.types import Confidence, Hit, Hits, Passage, Place, Search
from tests.retrieval.conftest import make_config, write_notes


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


GARDEN = {
    "beds.md": "# Tulips\n\nThey flower in April.\n\n## Pests\n\nVoles eat the bulbs in winter.\n",
    "orchard.md": "# Apples\n\nPests of apples are moths, and the pests of pears are midges.\n",
    "diary.md": "# May\n\nTulips beside the path, tulips by the gate.\n\n# June\n\nMore pests.\n",
    "밭.md": "# 배추\n\n김장에 쓴다.\n\n## 해충\n\n벼룩잎벌레가 잎에 구멍을 낸다.\n",
    "일기.md": "# 오월\n\n배추를 뽑고 배추를 씻었다.\n\n# 유월\n\n해충이 많아서 해충을 잡았다.\n",
}


@pytest.mark.parametrize(
    ("question", "last"),
    [
        ("What are the pests of tulips?", "Voles eat the bulbs in winter."),
        ("배추의 해충은 무엇인가요?", "벼룩잎벌레가 잎에 구멍을 낸다."),
        ("What are the pests of apples?", None),  # found by its own words
        ("What are the pests of leeks?", None),  # nothing has all that is asked
        ("Where do tulips stand?", None),  # no passage has more of it than those found
    ],
)
def test_what_the_headings_name_takes_the_last_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, question: str, last: str | None
) -> None:
    write_notes(tmp_path / "notes", GARDEN)
    config = make_config(tmp_path)
    build(config)
    with open_index(config) as index:
        found = index.find(question, 2, arms=["words"])
        seen = with_named(index, question, found, 2)
        more = with_named(index, question, found, 3)
        monkeypatch.setattr(Index, "find", lambda *_: found)
        searched = search(index, question, 2)
    assert searched == [hit for _, hit in seen]
    if last is None:
        assert seen == found
    else:
        assert seen[:-1] == found[:-1]
        assert more == [*found, seen[-1]]  # nothing goes where there is room
        hit = seen[-1][1]
        assert hit.passage.text.strip() == last
        assert not hit.ranks
        assert hit.signals
        assert last not in [one.passage.text.strip() for _, one in found]
