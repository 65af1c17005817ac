"""Texts as a prefix tree, on a context made by hand: what is decoded, where, and what is left."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engine.local import kv_cache, scoring
from pipeline.engine.local.kv_cache import KVCacheManager
from pipeline.engine.local.logprobs import LogprobMeter
from pipeline.engine.local.native import EngineSettings
from pipeline.engine.local.prefill import Prefiller
from pipeline.engine.local.prefix_tree import PrefixTree
from pipeline.engine.local.scoring import TextScorer
from pipeline.engine.local.stats import SchedulerStats
from pipeline.errors import PromptError
from tests.engine.local.small_context import SmallContext, SmallScheduler, loglikelihood

texts_of = st.lists(st.lists(st.integers(0, 3), max_size=6), min_size=1, max_size=12)


def scheduler_of(
    *, cells: int = 200, unified: bool = True, partial: bool = True, streams: int = 3
) -> SmallScheduler:
    settings, stats = EngineSettings(unified=unified, streams=streams), SchedulerStats()

    def make(size: int, sequences: int) -> Any:
        return SmallContext(size, sequences, unified=unified, partial=partial)

    cache = KVCacheManager(
        None,  # type: ignore[arg-type]
        settings,
        usual=cells,
        most_cells=cells,
        partial=partial,
        make=make,
    )
    prefiller = Prefiller(None, cache, stats)  # type: ignore[arg-type]
    return SmallScheduler(cache, prefiller, stats, LogprobMeter())


def scored(scheduler: SmallScheduler, pairs: list[tuple[list[int], list[int]]]) -> list[float]:
    scorer = TextScorer(scheduler, pairs)  # type: ignore[arg-type]
    while scorer.step():
        nothing_left(scheduler)
    return scorer.found


def nothing_left(scheduler: SmallScheduler) -> None:
    """Branches are empty, and every other sequence holds what the table says."""
    cache = scheduler.cache
    assert all(not cache.context.path(branch) for branch in cache.branches)
    table = cache.table
    for seat in table.live:
        assert cache.context.path(seat.id) == seat.tokens
        assert seat.busy == (seat in scheduler.running)
        assert seat.busy or not seat.reserve
    assert table.free + len(table.live) == table.count
    if cache.settings.unified:
        assert table.taken() == len(cache.context.held) + sum(s.reserve for s in table.live)


def expected(pairs: list[tuple[list[int], list[int]]]) -> Any:
    return pytest.approx([loglikelihood(*pair) for pair in pairs], abs=1e-4)


def all_spans(words: list[int]) -> list[list[int]]:
    return [words[a:b] for a in range(len(words)) for b in range(a + 1, len(words) + 1)]


@given(texts_of)
def test_the_tree_holds_each_beginning_once(texts: list[list[int]]) -> None:
    tree = PrefixTree(texts)
    beginnings = {tuple(text[:n]) for text in texts for n in range(1, len(text) + 1)}
    assert len(tree.tokens) - 1 == len(beginnings)
    inner = {tuple(text[:n]) for text in texts for n in range(1, len(text))}
    assert tree.inner == len(inner)
    assert len(tree.leaves()) == sum(
        not any(other[: len(one)] == one and other != one for other in inner) for one in inner
    )
    tree.logprobs = [float(token) for token in tree.tokens]
    for i, text in enumerate(texts):
        assert tree.logprob(i) == sum(text)


@given(st.integers(0, 2**32))
def test_scores_are_those_of_each_text_alone(seed: int) -> None:
    """Whatever the room: few branches, few rows at once, several prompts, separate buffers, a
    sequence that cannot be cut back."""
    rng = random.Random(seed)
    unified, partial = rng.random() < 0.7, rng.random() < 0.7
    scheduler = scheduler_of(unified=unified, partial=partial, cells=rng.choice([40, 80, 300]))
    prompts = [[rng.randint(4, 5) for _ in range(rng.randint(1, 9))] for _ in range(3)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kv_cache, "_BRANCHES", rng.choice([8, 12, 64]))
        patch.setattr(kv_cache, "_STEP", 1)
        patch.setattr(scoring, "_ROWS", rng.choice([1, 3, 128]))
        patch.setattr(scoring, "_ALIKE", 2)
        for _ in range(3):
            pairs = [
                (rng.choice(prompts), [rng.randint(0, 2) for _ in range(rng.randint(0, 6))])
                for _ in range(rng.randint(1, 30))
            ]
            assert scored(scheduler, pairs) == expected(pairs)


def test_all_spans_of_a_sentence_cost_the_longest_from_each_word() -> None:
    scheduler = scheduler_of(cells=400)
    prompt, words = [5, 4, 5], [0, 1, 2, 3, 1, 0, 2, 3, 3, 0, 1, 1, 2]
    spans = all_spans(words)
    pairs = [(prompt, span) for span in spans]
    assert scored(scheduler, pairs) == expected(pairs)
    tree = PrefixTree(spans)
    assert scheduler.stats.scored == tree.inner < len(tree.tokens) < sum(map(len, spans)) / 3
    assert scheduler.cache.context.decoded == len(prompt) + tree.inner


def test_an_end_after_each_span_costs_no_more_than_the_spans() -> None:
    """The probability that the text ends there is in the row that is read anyway."""
    scheduler, words, end = scheduler_of(cells=400), [0, 1, 2, 3, 1, 0], 7
    spans = [[*span, end] for span in all_spans(words)]
    pairs = [([4, 4], span) for span in spans]
    assert scored(scheduler, pairs) == expected(pairs)
    assert scheduler.stats.scored == len({tuple(span[:-1]) for span in spans})


@pytest.mark.parametrize("rows", [1, 5, 128])
@pytest.mark.parametrize("branches", [2, 3, 64])
def test_more_texts_than_sequences_are_scored_in_waves(
    monkeypatch: pytest.MonkeyPatch, branches: int, rows: int
) -> None:
    """Nothing of the tree is decoded twice."""
    monkeypatch.setattr(kv_cache, "_BRANCHES", branches)
    monkeypatch.setattr(scoring, "_ROWS", rows)
    scheduler = scheduler_of(cells=1000)
    texts = [[a, b, c, 0] for a in range(4) for b in range(4) for c in range(4)]
    pairs = [([4, 5], text) for text in texts]
    assert scored(scheduler, pairs) == expected(pairs)
    assert scheduler.stats.scored == PrefixTree(texts).inner == 4 + 16 + 64
    again = [([4, 5], text[:3]) for text in texts]
    assert scored(scheduler, again) == expected(again)
    assert scheduler.stats.read == 2  # the prompt was kept


def test_texts_too_many_for_the_room_are_scored_in_parts() -> None:
    scheduler = scheduler_of(cells=256)
    texts = [[*four, 0] for four in itertools.product(range(4), repeat=4)]
    pairs = [([4, 5], text) for text in texts]
    assert PrefixTree(texts).inner > 256
    assert scored(scheduler, pairs) == expected(pairs)


def occupied(scheduler: SmallScheduler, samples: int, cells: int) -> None:
    """Running samples that were promised so many cells each."""
    scheduler.cache.reopen(256)
    for start in range(samples):
        got = scheduler.cache.seat([start], cells - 1)
        assert got is not None
        scheduler.running.append(got[0])


def test_running_samples_go_on_until_there_is_room() -> None:
    scheduler = scheduler_of()
    occupied(scheduler, 3, 80)
    pairs = [([4, 5] * 10, [*three, 0]) for three in itertools.product(range(4), repeat=3)]
    assert scored(scheduler, pairs) == expected(pairs)
    assert 0 < scheduler.steps < 3  # no longer than that


def test_where_nothing_can_make_room_it_is_said_so() -> None:
    scheduler = scheduler_of()
    occupied(scheduler, 1, 255)
    scheduler.go_on = lambda: False  # type: ignore[method-assign]
    with pytest.raises(PromptError, match="no room"):
        scored(scheduler, [([4, 5, 6], [1, 2])])
    nothing_left(scheduler)


@pytest.mark.parametrize("unified", [True, False])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_an_interruption_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, at: int, unified: bool
) -> None:
    monkeypatch.setattr(kv_cache, "_BRANCHES", 4)
    monkeypatch.setattr(scoring, "_ROWS", 3)
    scheduler = scheduler_of(unified=unified)
    pairs = [([4, 5], [a, b, c]) for a in range(3) for b in range(3) for c in range(3)]
    run, calls = KVCacheManager.run, 0

    def interrupted(self: KVCacheManager, n: int, sets: Any = None) -> None:
        nonlocal calls
        calls += 1
        if calls == at:
            raise KeyboardInterrupt
        run(self, n, sets)

    monkeypatch.setattr(KVCacheManager, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        scored(scheduler, pairs)
    nothing_left(scheduler)
    assert scored(scheduler, pairs) == expected(pairs)
