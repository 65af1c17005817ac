"""Measures what thinking longer gains for the embedded model, and whether to trust its answers.

    python -m benchmarks.thinking [--check] [--only sums,answers,citations,ask,xquad] [--xquad FILE]

* sums: 300 sums of three digits, 4 worked examples; the vote of 32 to the one greedy reply (asked
  for: 3 times as many right), and stopping early by the Beta rule (40 % fewer tokens written, and a
  loss above -2 points with 95 % confidence). Draws that are in the pool are not made again.
* answers: the labelled pairs of equal and different answers (99 %, and no two numbers merged).
* citations: every quotation of `ask` on the shipped questions, without the model: does the cited
  sentence say what the answer says (.95), and do its words stand at its lines (all)?
* ask: 16 draws to 1 (2.5 times the time at most): the command `thinkscale ask` from its start to
  its end, and with everything open already; order alternating.
* xquad: passages searched among all 240 paragraphs; the answer stands in the reply (.75), in 5 s
  (the median).
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from evals.report.topics.cells import Cell, cells
from evals.stats.paired import paired_interval
from evals.stats.proportions import accuracy_interval
from pipeline.config import load_config

ROOT = Path(__file__).parents[1]
_SAID = [
    "How many parameters does GPT-2 have?",
    "Who published LoRA?",
    "How many layers does GPT-3 have?",
    "When was Chinchilla published?",
    "What does RAG stand for?",
]


class Sheet:
    """Lines as they are printed, and whether all that was asked for is reached."""

    def __init__(self) -> None:
        self.fine = True

    def say(self, name: str, value: str, good: bool, asked: str) -> None:
        """One figure with what is asked of it."""
        self.fine &= good
        verdict = "ok" if good else "NOT REACHED"
        print(f"{name:<58} {value:>24}   asked {asked}   {verdict}", flush=True)

    def tell(self, name: str, value: str) -> None:
        """A figure nothing is asked of."""
        print(f"{name:<58} {value:>24}", flush=True)


def _share(cell: Cell, name: str) -> str:
    found = accuracy_interval(cell.correct(name), cell.clusters)
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"


def sums(sheet: Sheet, _: str) -> None:
    """The ladder of one reply, steps, and votes; then the same votes stopped early."""
    from evals.results import PARTS, make

    (cell,) = cells(make(PARTS[0], load_config(None), ""))
    for name in cell.strategies:
        sheet.tell(f"sums, n={cell.n}: {name}", _share(cell, name))
    ratio = cell.correct("cot@sc32").mean() / max(cell.correct("direct").mean(), 1e-9)
    sheet.say("  the vote of 32 to direct", f"{ratio:.1f}x", ratio >= 3, ">= 3x")
    written = {
        name: cell.values(name, lambda row: float(row.generated_tokens)).mean()
        for name in ("cot@sc32", "cot@adaptive32")
    }
    saved = 1 - written["cot@adaptive32"] / written["cot@sc32"]
    everything = 1 - cell.tokens("cot@adaptive32").mean() / cell.tokens("cot@sc32").mean()
    sheet.say("  stopped early: tokens written saved", f"{saved:.1%}", saved >= 0.4, ">= 40 %")
    sheet.tell("  the same with the prompt, which both read once", f"{everything:.1%}")
    stopped, fixed = cell.correct("cot@adaptive32"), cell.correct("cot@sc32")
    loss = paired_interval(stopped, fixed, cell.clusters)
    value = f"{100 * loss.value:+.1f} [{100 * loss.low:+.1f}, {100 * loss.high:+.1f}]"
    sheet.say("  and points lost", value, loss.low > -0.02, "> -2")


def answers(sheet: Sheet, _: str) -> None:
    """The labelled pairs."""
    from pipeline.answers.normalise import canonical, same

    lines = (ROOT / "tests/answers/equivalence.jsonl").read_text(encoding="utf-8").splitlines()
    right = merged = total = 0
    for line in lines:
        row = json.loads(line)
        if "a" not in row:
            continue
        total += 1
        verdict = bool(same(row["a"], row["b"], row.get("kind", "auto")))
        right += verdict == row["same"]
        read = [canonical(row[side], row.get("kind", "auto")) for side in "ab"]
        numbers = all(one is not None and one.value is not None for one in read)
        merged += verdict and not row["same"] and numbers
    share = right / total
    sheet.say(f"equal answers, {total} labelled pairs", f"{share:.4f}", share >= 0.99, ">= .99")
    sheet.say("  different numbers merged", str(merged), merged == 0, "0")


def citations(sheet: Sheet, _: str) -> None:
    """Quotations alone, of every shipped question that is answered."""
    from evals.scorers.citations import citation_score
    from evals.tasks import load_task
    from pipeline.answering.session import open_session
    from pipeline.engine import ScriptedEngine

    config = load_config(None)
    cited = stands = bears = gold = 0
    with open_session(config, strategy="direct") as asker:
        from dataclasses import replace

        silent = ScriptedEngine(lambda prompt, draw: "")
        mute = replace(asker, engine=lambda: silent)
        for item in load_task("notes-qa", config).items:
            answer = mute.ask(item.question)
            for citation in answer.citations:
                cited += 1
                stands += _at_its_lines(config.notes_path, citation)
                bears += _letters(citation.quote) == _letters(answer.text)
                gold += citation_score(item, [citation]).parts.get("precision", 0.0) > 0
    sheet.say("citations: the quote says what the answer says",
              f"{bears / cited:.3f} (n={cited})", bears / cited >= 0.95, ">= .95")  # fmt: skip
    sheet.say("  quotes that are not at their lines", str(cited - stands), stands == cited, "0")
    sheet.tell("  the cited sentence is one that the question set names", f"{gold / cited:.3f}")


def _at_its_lines(notes: Path, citation: object) -> bool:
    from pipeline.notes.reading import open_raw
    from pipeline.types import Citation

    assert isinstance(citation, Citation)
    place = citation.place
    lines = open_raw(notes, place.source).raw.replace("\r\n", "\n").split("\n")
    return citation.quote in "\n".join(lines[place.start_line - 1 : place.end_line])


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def ask(sheet: Sheet, _: str) -> None:
    """Sixteen draws to one, the same questions, model and index open."""
    from pipeline.answering.session import open_session

    config = load_config(None)
    spent: dict[int, list[float]] = {1: [], 16: []}
    with (
        open_session(config, strategy="direct@sc1") as one,
        open_session(config, strategy="direct@sc16") as many,
    ):
        sides = {1: one, 16: many}
        for asker in sides.values():
            asker.ask(_SAID[0])
        for turn, question in enumerate(_SAID * 2):
            for draws in (1, 16) if turn % 2 else (16, 1):
                begun = time.perf_counter()
                # Another item, other draws: the prompt is read anew by both.
                sides[draws].ask(f"{question}{' ' * turn}")
                spent[draws].append(time.perf_counter() - begun)
    inside = statistics.median(a / b for a, b in zip(spent[16], spent[1], strict=True))
    sheet.tell("ask with 16 draws to 1, all open already", f"{inside:.2f}x")
    whole: dict[int, list[float]] = {1: [], 16: []}
    for turn, question in enumerate(_SAID):
        for draws in (1, 16) if turn % 2 else (16, 1):
            command = [sys.executable, "-m", "pipeline", "ask", question]
            command += ["--strategy", "direct@verified"]
            begun = time.perf_counter()
            subprocess.run(
                [*command, "--samples", str(draws)], check=True, capture_output=True, cwd=ROOT
            )
            whole[draws].append(time.perf_counter() - begun)
    ratio = statistics.median(a / b for a, b in zip(whole[16], whole[1], strict=True))
    seconds = statistics.median(whole[16])
    sheet.say("ask --samples 16 to --samples 1, the command as a whole",
              f"{ratio:.2f}x ({seconds:.1f} s)", ratio <= 2.5, "<= 2.5x")  # fmt: skip


def xquad(sheet: Sheet, file: str) -> None:
    """The answer stands in what the person is given."""
    from evals.results import PARTS, make

    if not Path(file).is_file():
        print("xquad: left out, give --xquad FILE (xquad.en.json).")
        return
    run = make(PARTS[2], load_config(None), file)
    (cell,) = cells(run)
    for name in cell.strategies:
        sheet.tell(f"XQuAD, n={cell.n}: {name}", _share(cell, name))
    best = max(cell.strategies, key=lambda name: float(cell.correct(name).mean()))
    share = float(cell.correct(best).mean())
    sheet.say(f"  the best, {best}", f"{share:.3f}", share >= 0.75 and cell.n >= 600, ">= .75")
    gain = paired_interval(cell.correct(best), cell.correct(cell.strategies[0]), cell.clusters)
    sheet.tell(f"  over {cell.strategies[0]}, paired",
               f"{gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]")  # fmt: skip
    seconds = float(np.median(cell.seconds(best)))
    sheet.say("  seconds a question, median", f"{seconds:.2f} s", seconds <= 5, "<= 5 s")
    rows = [row for row in run.outcomes if row.strategy == best and row.answer is not None]
    own = sum(not row.quoted for row in rows) / len(rows)
    sheet.tell("  answers in the model's own words", f"{own:.3f}")


PARTS: dict[str, Callable[[Sheet, str], None]] = {
    "answers": answers,
    "citations": citations,
    "ask": ask,
    "sums": sums,
    "xquad": xquad,
}


def main() -> int:
    """Print the figures; with --check, 1 where one that was asked for is not reached."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--only", default=",".join(PARTS), metavar="A,B")
    parser.add_argument("--xquad", default="../shared/data/xquad.en.json", metavar="FILE")
    given = parser.parse_args()
    sheet = Sheet()
    for name in given.only.split(","):
        if name not in PARTS:
            parser.error(f"there is no part {name!r}; there are: {', '.join(PARTS)}")
        PARTS[name](sheet, given.xquad)
    return 0 if sheet.fine or not given.check else 1


if __name__ == "__main__":
    sys.exit(main())
