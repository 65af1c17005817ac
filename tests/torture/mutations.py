"""Texts and files a step or two away from sound ones, for hypothesis to search."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hypothesis import strategies as st

__all__ = ["CORPUS", "corpus", "mutated"]

CORPUS = Path(__file__).with_name("corpus")

_PIECES = (
    b"", b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\xc2\x85", b"\xef\xbb\xbf", b"\r",
    b"\r\n", b"\n\n", b"\t", b"\x1b[31m", b"{", b"}", b"[", b"]", b'"', b"'", b"\\", b"\\u", b":",
    b",", b"null", b"-1", b"1e999", b"NaN", b"99999999999999999999", b"<", b"</", b"<!--", b"-->",
    b"```", b"$$", b"|", b"---\n", b"&#x110000;", b"%%", b"[[", b"![", b"](", b"[^1]", b"# ",
    b"> ", b"- ", b"00:99.999 --> ", b"!!python/object", b"&a *a", b"<<: *a", b"\xea\xb0\x80",
    b"\xe1\x84\x80\xe1\x85\xa1", b"\xf0\x9f\x91\xa9\xe2\x80\x8d", b"**", b"__import__", b"(" * 40,
    b"9" * 400,
)  # fmt: skip


def corpus(folder: str) -> dict[str, bytes]:
    """The files of a folder of the corpus by name."""
    return {path.name: path.read_bytes() for path in sorted((CORPUS / folder).iterdir())}


def mutated(data: bytes, others: tuple[bytes, ...] = ()) -> st.SearchStrategy[bytes]:
    """The data with up to six edits: pieces put in, stretches taken out, doubled, moved or taken
    from another file, bits flipped."""
    place = st.floats(0, 1, exclude_max=True)
    edit = st.tuples(st.integers(0, 5), place, place, st.sampled_from(_PIECES),
                     st.sampled_from(others or (data,)))  # fmt: skip

    def apply(edits: list[tuple[int, float, float, bytes, bytes]]) -> bytes:
        out = data
        for kind, at, until, piece, other in edits:
            out = _EDITS[kind](out, int(at * len(out)), int(until * 60), piece, other)[:20_000]
        return out

    return st.lists(edit, max_size=6).map(apply)


Edit = Callable[[bytes, int, int, bytes, bytes], bytes]
_EDITS: tuple[Edit, ...] = (
    lambda d, at, n, piece, _: d[:at] + piece + d[at:],
    lambda d, at, n, piece, _: d[:at] + d[at + n :],
    lambda d, at, n, piece, _: d[:at] + d[at : at + n] * 3 + d[at + n :],
    lambda d, at, n, piece, _: d[:at] + piece + d[at + len(piece) :],
    lambda d, at, n, piece, other: d[:at] + other[at : at + 4 * n] + d[at:],
    lambda d, at, n, piece, _: (
        d[:at] + bytes(b ^ (1 << n % 8) for b in d[at : at + 1]) + d[at + 1 :]
    ),
)
