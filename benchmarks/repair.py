"""Measures how much Korean that lost bytes in mis-decoding is read again, and whether sound text is
left alone.

    python -m benchmarks.repair [--check]

The Korean of `benchmarks/data/korean.txt` is about a dozen subjects, none of them in the shipped
notes, which are all the reader may learn from here. It is damaged in code by the mechanism itself:
its UTF-8 read as Windows-1253 and Windows-1252, bytes without a character dropped, or replaced by
U+FFFD. Peers in the same run: ftfy, and the same decoder without its language model.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pipeline.notes.mojibake import CODE_PAGES, LOST, damage, mend
from pipeline.notes.mojibake.background import counts_near, shipped_corpus
from pipeline.notes.mojibake.codepages import code_page
from pipeline.notes.mojibake.syllables import Counts
from pipeline.text.language import hangul_count

_TEXT = Path(__file__).with_name("data") / "korean.txt"
_WANTED = 0.92
# Sound text that looks like trouble: none of it may change.
_SOUND = (
    "Η γλώσσα μαθαίνεται με τον καιρό, και οι λέξεις έχουν μνήμη· κάθε νέα αρχή είναι δύσκολη.",
    "Même après l'été, la forêt gardait l'odeur des pêches ; où êtes-vous allés, mes frères ?",
    "Die größten Städte müssen für Fußgänger schöner werden. Übung macht den Meister: 5 µm.",
    "λ = 0.5, μ ≈ 3.2 °C ± 0.1, κ² → ν„ und „Anführung“, 20 µs · 3 – 4 … €50 ½ × 2",
    "# 표 안의 기호\n\n| λ | μ | 값 |\n|---|---|---|\n| 0.1 | 2 µm | 3 °C |\n\n"
    "$\\mu + \\lambda$ 와 “따옴표” … ①②③",
)


def accuracy(truth: str, text: str) -> float:
    """Share of the Hangul syllables of `truth` that stand where they should in `text`, by line."""
    right = 0
    for wanted, got in zip(truth.split("\n"), text.split("\n"), strict=True):
        if len(wanted) == len(got):
            right += sum(a == b for a, b in zip(wanted, got, strict=True) if "가" <= a <= "힣")
    return right / hangul_count(truth)


def untouched(truth: str, text: str) -> bool:
    """Are the characters that are no Hangul all as they were?"""
    strip = str.maketrans({chr(n): "가" for n in range(ord("가"), ord("힣") + 1)})
    return truth.translate(strip) == text.translate(strip)


def first_candidates(text: str, name: str) -> str:
    """The peer: the first reading of every syllable, without any model."""
    page = code_page(name)
    return page.pattern.sub(
        lambda match: page.hangul(match.group())[:1] or page.sign(match.group()) or match.group(),
        text,
    )


def main() -> int:
    """Print the figures; 1 where --check finds one not reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    corpus = shipped_corpus()
    if corpus is None:
        print("the shipped notes are missing: nothing to learn from")
        return 1
    started = time.perf_counter()
    counts = counts_near(corpus)
    mend(damage("가나다라 마바사아 자차카타", "cp1253"), lambda: counts)
    loading = time.perf_counter() - started
    truth = _TEXT.read_text(encoding="utf-8")
    print(f"{hangul_count(truth)} syllables, {len(truth)} characters; models: {loading:.1f} s")
    good = _table(truth, lambda: counts)
    changed = _sound([truth, *_SOUND, *_notes(corpus)], lambda: counts)
    print(f"undamaged texts changed: {changed[0]} of {changed[1]} ({changed[2]} characters)")
    reached = good and changed[0] == 0
    print("reached" if reached else f"NOT reached: accuracy >= {_WANTED} and no change wanted")
    return 1 if arguments.check and not reached else 0


def _table(truth: str, learn: Callable[[], Counts]) -> bool:
    from ftfy import fix_text

    print("code page  lost bytes  ftfy   no model  syllables right  rest untouched  s/10k chars")
    good = True
    for name in CODE_PAGES:
        for words, lost in (("dropped", ""), ("as U+FFFD", LOST)):
            damaged = damage(truth, name, lost)
            started = time.perf_counter()
            mended = mend(damaged, learn)
            seconds = (time.perf_counter() - started) * 10_000 / len(truth)
            share = accuracy(truth, mended.text)
            same = untouched(truth, mended.text)
            ftfy = accuracy(truth, fix_text(damaged)) if not lost else 0.0
            naive = accuracy(truth, first_candidates(damaged, name))
            print(
                f"{name:<10} {words:<11} {ftfy:.3f}  {naive:.3f}     {share:.4f}           "
                f"{'yes' if same else 'NO':<14}  {seconds:.1f}"
            )
            good = good and share >= _WANTED and same
    return good


def _notes(corpus: Path) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted(corpus.rglob("*.md"))]


def _sound(texts: list[str], learn: Callable[[], Counts]) -> tuple[int, int, int]:
    """How many sound texts are changed, of how many, of how many characters in all."""
    changed = sum(mend(text, learn).text != text for text in texts)
    return changed, len(texts), sum(map(len, texts))


if __name__ == "__main__":
    sys.exit(main())
