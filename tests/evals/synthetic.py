"""Runs made up, whose truth is known: what analyses and reports are tested on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evals.run.records import ModelRecord, Outcome, PassageRecord, QuestionRecord, Run, SampleRecord

__all__ = ["KINDS", "made_run"]

KINDS = ("fact", "number", "list")
_SCORED = {"scorer": "numeric", "reading": "number"}
_SAID = {
    "en": ("How many parameters has model {i}?", "Step by step: the notes name {a}. So it is {a}."),
    "ko": ("모델 {i}의 파라미터는 몇 개인가?", "차근차근 보면 노트에 {a}라고 적혀 있다. 답은 {a}."),
}


def made_run(
    n: int = 40,
    draws: int = 8,
    *,
    strategies: Sequence[str] = ("direct", "cot", "cot@sc8"),
    models: Sequence[str] = ("small",),
    tasks: Sequence[str] = ("sums",),
    right: Mapping[str, float] | None = None,
    cluster_size: int = 1,
    seed: int = 1,
    name: str = "made",
    text: str = "",
    about: Mapping[str, Any] | None = None,
) -> Run:
    """`right[way]` is the chance that a draw of that way is right (`direct` .3, `cot` .5), spread
    over questions; wrong draws scatter over three answers. `text` is put into every question,
    passage, reply and answer (to see what hostile words do)."""
    rng = np.random.default_rng(seed)
    chance = {"direct": 0.3, "cot": 0.5, "plan": 0.4} | dict(right or {})
    items, passages = [], []
    samples: dict[str, SampleRecord] = {}
    outcomes = []
    for task in tasks:
        for i in range(n):
            language = "ko" if i % 4 == 3 else "en"
            items.append(
                QuestionRecord(
                    task,
                    f"q{i}",
                    _SAID[language][0].format(i=i) + text,
                    language,
                    KINDS[i % 3],
                    ("easy", "hard")[i % 2],
                    f"note{i // cluster_size}.md" if cluster_size > 1 else "",
                    (str(100 + i),),
                    True,
                    ((f"note{i}.md", f"It has {100 + i} parameters."),),
                    f"p{task}{i}",
                )
            )
            place = f"note{i}.md:{3 + i}"
            said = f"It has {100 + i} parameters. 파라미터는 {100 + i}개이다.{text}"
            passages.append(PassageRecord(f"p{task}{i}", place, said, "Sizes"))
    for model in models:
        for item in items:
            drawn = _draws(rng, item, model, draws, chance, text)
            for strategy in strategies:
                used = _used(strategy, drawn)
                samples.update({d.key: d for d in used})
                outcomes.append(_outcome(item, strategy, model, used))
    return Run(
        name,
        tuple(
            {"name": t, "sha256": "ab" * 32, "n": n, "scorer": "numeric", "reading": "number"}
            for t in tasks
        ),
        tuple(strategies),
        tuple(
            ModelRecord(m, "cd" * 32, 10**8 * (1 + i), 2e8 * (1 + i)) for i, m in enumerate(models)
        ),
        {"created": "2026-01-05T10:00:00Z", "versions": {"thinkscale": "0.1"}} | dict(about or {}),
        tuple(items),
        tuple(passages),
        tuple(samples.values()),
        tuple(outcomes),
    )


def _draws(
    rng: np.random.Generator,
    item: QuestionRecord,
    model: str,
    draws: int,
    chance: Mapping[str, float],
    text: str,
) -> dict[str, list[SampleRecord]]:
    """Method -> the greedy draw, then `draws` sampled ones."""
    found: dict[str, list[SampleRecord]] = {}
    for way, mean in chance.items():
        p = rng.beta(4 * mean, 4 * (1 - mean))
        found[way] = []
        for draw in range(-1, draws):
            good = rng.random() < p
            gold = int(item.answers[0])
            answer = str(gold if good else gold + int(rng.integers(1, 4)))
            tokens = int(rng.integers(20, 40)) if way == "direct" else int(rng.integers(60, 120))
            cut = not good and rng.random() < 0.2
            said = "None" if cut else answer
            found[way].append(
                SampleRecord(
                    key=f"{item.task}-{item.id}-{model}-{way}-{draw}",
                    task=item.task,
                    item=item.id,
                    model=model,
                    template=way,
                    draw=max(draw, 0),
                    text=_SAID[item.language][1].format(a=said) + text,
                    finish="length" if cut else "stop",
                    tokens=tokens,
                    greedy=draw < 0,
                    answer=None if cut else answer,
                    group="" if cut else f"n:{answer}",
                    score=float(good),
                    correct=bool(good),
                    mean_logprob=-0.2 - rng.random() - (0.0 if good else 0.2),
                    lowest_group=-1.0,
                )
            )
    return found


def _used(strategy: str, drawn: Mapping[str, list[SampleRecord]]) -> list[SampleRecord]:
    way, _, rule = strategy.rpartition("+")[2].partition("@")
    count = int("".join(c for c in rule if c.isdigit()) or 0)
    return drawn[way][1 : 1 + count] if rule else drawn[way][:1]


def _outcome(
    item: QuestionRecord, strategy: str, model: str, used: Sequence[SampleRecord]
) -> Outcome:
    votes = Counter(d.answer for d in used if d.answer is not None)
    answer = votes.most_common(1)[0][0] if votes else None
    correct = answer == item.answers[0]
    generated = sum(d.tokens for d in used)
    return Outcome(
        task=item.task,
        item=item.id,
        strategy=strategy,
        model=model,
        answer=answer,
        score=float(correct),
        correct=correct,
        why=f"{answer} is {'' if correct else 'not '}{item.answers[0]}",
        abstained=answer is None,
        share=votes[answer] / len(used) if answer else 0.0,
        confidence=votes[answer] / len(used) if answer else 0.0,
        votes=tuple((a, c, float(c)) for a, c in votes.most_common()),
        passages=(item.passage,),
        samples=tuple(d.key for d in used),
        prompt_tokens=50,
        generated_tokens=generated,
        seconds=generated / 100,
        flops=2e8 * (50 + generated),
        gold_found=True,
    )
