"""Would guessing the next tokens from the prompt pay? Prompt lookup: where the last tokens of a
reply stood before, in the prompt or the reply, it may go on as it did there; the guess is checked
in one batch.

No engine of ours drafts. What it could gain at most is the steps it would save on real replies over
passages, against what a step of several tokens of one sequence costs here beside a step of one.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from itertools import pairwise

from benchmarks.engine_bench import Bench, fresh
from pipeline.answering.for_model import plain
from pipeline.answering.prepare import QuestionRequest
from pipeline.config import load_config
from pipeline.engine.local.engine import LocalEngine
from pipeline.engine.local.native import Context
from pipeline.retrieval import ensure
from pipeline.strategies.common.prompt_method import PromptMethod
from pipeline.types import SampleParams

__all__ = ["drafting", "looked_up", "steps_saved"]

_GUESSED = (1, 2, 3, 4, 6, 8)
_NGRAM = 2
_QUESTIONS, _PASSAGES, _TOKENS = 24, 3, 96
_PROMPT = 400


def drafting(bench: Bench) -> None:
    """The best number of guessed tokens, for the weights that were chosen."""
    replies = _replies(bench.engine)
    costs = _costs(bench.engine)
    best, lines = 0.0, []
    for guessed in _GUESSED:
        written, price = 0, 0.0
        for prompt, reply in replies:
            steps = steps_saved(prompt, reply, guessed)
            written += len(reply)
            price += sum(count * costs[size] for size, count in steps.items())
        gain = written / price
        best = max(best, gain)
        lines.append(
            f"  {guessed} guessed: a step costs {costs[1 + guessed]:.2f}x, {gain:.2f}x in all"
        )
    print(
        f"guessing from the prompt: at most {best:.2f}x of writing a token at a time "
        f"({bench.kind}), {len(replies)} replies"
    )
    print("\n".join(lines))


def looked_up(text: Sequence[int], guessed: int) -> list[int]:
    """What followed the last `_NGRAM` tokens where they stood before, latest first.

    >>> looked_up([1, 2, 3, 4, 9, 1, 2], 2)
    [3, 4]
    """
    tail = tuple(text[-_NGRAM:])
    for at in range(len(text) - _NGRAM - 1, -1, -1):
        if tuple(text[at : at + _NGRAM]) == tail:
            return list(text[at + _NGRAM : at + _NGRAM + guessed])
    return []


def steps_saved(prompt: Sequence[int], reply: Sequence[int], guessed: int) -> dict[int, int]:
    """How many steps of how many tokens write the reply: 1, or one more than were guessed. Of what
    was guessed the tokens up to the first wrong one count, and the step gives one token more.

    >>> steps_saved([1, 2, 3, 4, 9], [1, 2, 3, 4, 5], 2)
    {1: 2, 3: 1}
    """
    steps: dict[int, int] = {}
    done = 0
    while done < len(reply):
        guess = looked_up([*prompt, *reply[:done]], guessed) if done else []
        right = 0
        while right < min(len(guess), len(reply) - done) and guess[right] == reply[done + right]:
            right += 1
        done += min(right + 1, len(reply) - done)
        size = 1 + (guessed if guess else 0)
        steps[size] = steps.get(size, 0) + 1
    return steps


def _replies(engine: LocalEngine) -> list[tuple[list[int], list[int]]]:
    """Prompts with passages and the greedy replies to them, as tokens; half are step by step."""
    found, requests = [], []
    params = SampleParams(temperature=0.0, max_tokens=_TOKENS)
    with ensure(load_config(None)) as index:
        headed = [passage for passage in index.passages if passage.headings]
        step = max(1, len(headed) // _QUESTIONS)
        for at, passage in enumerate(headed[::step][:_QUESTIONS]):
            text = f"What is said about {passage.headings[-1]}?"
            hits = index.search(text, _PASSAGES)
            shown = tuple(hit.passage for hit in hits)
            asked = QuestionRequest(text, language=passage.language, params=params)
            question = plain(asked, shown)
            way = PromptMethod("cot" if at % 2 else "direct")
            requests.append(way.request(question, 0, greedy=True))
    for sample in engine.sample(requests):
        prompt = engine.prompts.of(sample.request.prompt)
        reply = engine._model.tokenize(sample.text, special=False, first=False)
        found.append((prompt, list(reply)))
    return found


def _costs(engine: LocalEngine) -> Mapping[int, float]:
    """What a step of so many tokens of one sequence costs, in steps of one."""
    tokens = engine.prompts.of(fresh(engine, _PROMPT))
    context = Context(engine._model, engine.settings["separate"], cells=1024, sequences=1)
    try:
        _put(context, tokens, 0)
        seconds = {}
        for size in (1, *(1 + guessed for guessed in _GUESSED)):
            took = []
            for _ in range(8):
                context.cut(0, len(tokens))
                begun = time.process_time()
                _put(context, tokens[:size], len(tokens))
                took.append(time.process_time() - begun)
            seconds[size] = min(took)
    finally:
        context.close()
    return {size: each / seconds[1] for size, each in seconds.items()}


def _put(context: Context, tokens: Sequence[int], at: int) -> None:
    """Read tokens from a place on, and ask for the logits of each."""
    for start, stop in pairwise([*range(0, len(tokens), context.batch), len(tokens)]):
        n = stop - start
        context.token[:n] = tokens[start:stop]
        context.pos[:n] = range(at + start, at + stop)
        context.seq[:n] = 0
        context.wanted[:n] = 1
        if context.decode(n):
            raise RuntimeError("llama.cpp could not read the tokens of the benchmark.")
        context.logits(n)
