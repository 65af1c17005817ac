"""Mis-decoded lines of a text found and mended, with the way back kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from pipeline.errors import filled
from pipeline.notes.characters import settled
from pipeline.notes.document import Repair
from pipeline.notes.mapped import OffsetMap, OffsetRun
from pipeline.notes.mojibake.clean import korean, undo
from pipeline.notes.mojibake.codepages import CODE_PAGES, CodePage, code_page, damaged_form
from pipeline.notes.mojibake.detection import damaged_lines, damaged_page
from pipeline.notes.mojibake.syllables import Counts, SyllableModel, in_alphabet

if TYPE_CHECKING:
    from pipeline.notes.mojibake.decoder import Word

__all__ = ["SURE", "RepairedText", "explains", "is_damaged", "mend"]

SURE = 0.55
"""Mean confidence of its syllables below which a line is kept as it is and reported."""
_WELL_READ = 0.96
"""Confidence from which a line teaches the words of its note to the others."""
_OWN_WEIGHT = 3.0
_MOST = 60_000
"""Damaged characters decoded in one file: about a minute's work."""

Edit = tuple[int, int, str]


class RepairedText(NamedTuple):
    """The mended text, the map that leads back from it, and what was done."""

    text: str
    back: OffsetMap
    repairs: list[Repair]
    problems: list[str]


def explains(raw: str, text: str) -> bool:
    """Could mending `raw`, and settling what that gave, have made `text`? Where bytes were lost it
    is asked forwards, by damaging `text` again."""
    from ftfy import fix_encoding

    mended = fix_encoding(raw), _apply(raw, list(korean(raw)))
    known = (code_page(name).known(raw) for name in CODE_PAGES)
    return any(damaged_form(text, name).search(raw) for name in CODE_PAGES) or any(
        text in settled(whole) for whole in (*mended, *known)
    )


def is_damaged(text: str) -> bool:
    """Does the text hold Korean that lost bytes when it was mis-decoded?"""
    return damaged_page(text) != ""


def mend(text: str, learn: Callable[[], Counts]) -> RepairedText:
    """Mend every line of a text that was mis-decoded; sound lines are not touched.

    learn: called only where bytes were lost; gives the counts of sound Korean text near this one
    (the owner's other notes), which decide between the possible readings.
    """
    if text.isascii():
        return RepairedText(text, OffsetMap(), [], [])
    lines = text.split("\n")
    edits: dict[int, list[Edit]] = {}
    repairs: list[Repair] = []
    problems: list[str] = []
    name = damaged_page(text)
    damaged = damaged_lines(text, name) if name else [False] * len(lines)
    for number, line in enumerate(lines):
        if not damaged[number] and not line.isascii():
            found = undo(line, is_damaged)
            if found:
                edits[number] = found
                repairs.append(Repair(number + 1, "mojibake", _apply(line, found)))
    if name:
        wanted = [number for number, is_so in enumerate(damaged) if is_so]
        _decode(lines, wanted, name, learn, edits, repairs, problems)
    repairs.sort(key=_line)
    if not edits:
        return RepairedText(text, OffsetMap(), repairs, problems)
    return RepairedText(*_rewrite(lines, edits), repairs, problems)


def _line(repair: Repair) -> int:
    return repair.line


def _decode(
    lines: list[str],
    wanted: list[int],
    name: str,
    learn: Callable[[], Counts],
    edits: dict[int, list[Edit]],
    repairs: list[Repair],
    problems: list[str],
) -> None:
    """The lines of Hangul that was read as the code page `name`."""
    from pipeline.notes.mojibake.decoder import Decoder
    from pipeline.notes.mojibake.lexicon import lexicon

    page = code_page(name)
    decoder = Decoder(page, lambda: SyllableModel([lexicon(), learn()]))
    budget = _MOST
    read: dict[int, tuple[list[Word], float]] = {}
    for number in wanted:
        line = lines[number]
        budget -= len(page.pattern.findall(line))
        if budget < 0:
            problems.append(
                filled(
                    "line {line} and after: too much damage to decode in one file", line=number + 1
                )
            )
            break
        words = decoder.decode(line)
        read[number] = words, _confidence(line, words, page)
    _reread(lines, read, page, learn)
    unreadable = 0
    for number, (words, confidence) in read.items():
        line = lines[number]
        found = [word[:3] for word in words]
        readable = confidence >= SURE
        if readable:
            edits[number] = found
        else:
            unreadable += 1
        shown = _apply(line, found)
        lossy = not readable or any(word.lossy for word in words)
        how: Literal["mojibake", "lossy mojibake"] = "lossy mojibake" if lossy else "mojibake"
        repairs.append(Repair(number + 1, how, shown, confidence, readable))
    if unreadable:
        problems.append(
            filled("damaged lines that could not be read, kept as found: {count}", count=unreadable)
        )


def _reread(
    lines: list[str],
    read: dict[int, tuple[list[Word], float]],
    page: CodePage,
    learn: Callable[[], Counts],
) -> None:
    """Read the doubtful lines once more, knowing the words of those read well: a note says its own
    words again and again, and some of its lines lost less than others. A line is never a witness
    for itself."""
    from pipeline.notes.mojibake.decoder import Decoder
    from pipeline.notes.mojibake.lexicon import lexicon

    doubtful = [number for number, (_, confidence) in read.items() if confidence < _WELL_READ]
    if not doubtful or len(doubtful) == len(read):
        return
    own = Counts()
    for number, (words, confidence) in read.items():
        if confidence >= _WELL_READ:
            text = _apply(lines[number], [word[:3] for word in words])
            own.add(f" {in_alphabet(text)} ", _OWN_WEIGHT)
    decoder = Decoder(page, lambda: SyllableModel([lexicon(), learn(), own]))
    for number in doubtful:
        words = decoder.decode(lines[number])
        confidence = _confidence(lines[number], words, page)
        if confidence > read[number][1]:
            read[number] = words, confidence


def _confidence(line: str, words: Sequence[Word], page: CodePage) -> float:
    """Mean over the damaged characters of a line; those nothing was found for count as 0."""
    sure = sum(len(word.text) * word.confidence for word in words)
    return round(sure / max(len(page.pattern.findall(line)), sum(len(w.text) for w in words), 1), 4)


def _apply(line: str, edits: list[Edit]) -> str:
    out, at = [], 0
    for start, end, text in edits:
        out += [line[at:start], text]
        at = end
    return "".join([*out, line[at:]])


def _rewrite(lines: list[str], edits: dict[int, list[Edit]]) -> tuple[str, OffsetMap]:
    """The whole text with its edits, and the map back."""
    runs: list[OffsetRun] = []
    out: list[str] = []
    old = new = 0  # offsets up to which everything is written
    start_of_line = 0

    def keep(upto: int, text: str) -> None:
        nonlocal old, new
        if upto > old:
            out.append(text)
            runs.append(OffsetRun(new, new + upto - old, old, upto, True))
            new += upto - old
            old = upto

    whole = "\n".join(lines)
    for number, line in enumerate(lines):
        for start, end, text in edits.get(number, ()):
            low, high = start_of_line + start, start_of_line + end
            keep(low, whole[old:low])
            out.append(text)
            runs.append(OffsetRun(new, new + len(text), low, high, False))
            new += len(text)
            old = high
        start_of_line += len(line) + 1
    keep(len(whole), whole[old:])
    return "".join(out), OffsetMap(runs)
