import random

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engine.local.sequences import CachedSequence, SequenceTable, common


@settings(deadline=None)
@given(st.lists(st.integers(0, 2)), st.lists(st.integers(0, 2)))
def test_common(a: list[int], b: list[int]) -> None:
    n = common(a, b)
    assert a[:n] == b[:n]
    assert n == min(len(a), len(b)) or a[n] != b[n]


@settings(deadline=None)
@given(st.integers(0, 10_000))
def test_cells_are_counted_as_a_real_cache_would(seed: int) -> None:
    """Against a model in which every sequence is a list of cells, forked by reference."""
    rng = random.Random(seed)
    table = SequenceTable(8, 10_000, unified=True)
    cells: dict[CachedSequence, list[object]] = {}
    for _ in range(60):
        action = rng.choice(["add", "grow", "fork", "cut", "remove"])
        if action == "add" and table.free:
            seat = table.add()
            assert seat is not None
            cells[seat] = []
        elif action == "fork" and table.free and cells:
            source = rng.choice(list(cells))
            n = rng.randint(0, len(source.tokens))
            target = table.add()
            assert target is not None
            table.fork(source, target, n)
            cells[target] = cells[source][:n]
        elif cells:
            seat = rng.choice(list(cells))
            if action == "grow":
                for _ in range(rng.randint(1, 5)):
                    seat.tokens.append(rng.randint(0, 1))
                    cells[seat].append(object())
            elif action == "cut":
                n = rng.randint(0, len(seat.tokens))
                table.cut(seat, n)
                del cells[seat][n:]
            elif action == "remove":
                table.remove(seat)
                del cells[seat]
        distinct = {id(c) for own in cells.values() for c in own}
        assert table.taken() == len(distinct)
        assert table.free + len(table.live) == table.count
        assert all(len(s.tokens) == len(own) for s, own in cells.items())


def test_the_longest_beginning_is_found_and_known_logits_break_ties() -> None:
    table = SequenceTable(4, 100, unified=True)
    a, b, c = table.add(), table.add(), table.add()
    assert a
    assert b
    assert c
    a.tokens, b.tokens, c.tokens = [1, 2, 3], [1, 2, 3, 4], [1, 9]
    b.marks[3] = "row"
    assert table.best([1, 2, 3]) == (b, 3)
    assert table.best([1, 9, 9])[0] is c
    assert table.best([5]) == (None, 0)


def test_a_recurrent_model_lends_whole_sequences_only() -> None:
    table = SequenceTable(4, 100, unified=True, partial=False)
    a, b = table.add(), table.add()
    assert a
    assert b
    a.tokens, b.tokens = [1, 2, 3, 4], [1, 2]
    assert table.best([1, 2, 3]) == (b, 2)
