"""Prompts that are one text, whatever the model: worked examples in any order, then the case.

A strategy that compares likelihoods needs to know where an answer ends, which a chat template
hides, and several prompts that ask the same: other examples, in other orders, the parts of a case
in another order.
"""

from __future__ import annotations

from pipeline.prompts.completion import filled, load_completion
from pipeline.prompts.exemplar import exemplar_set
from pipeline.types import Prompt

__all__ = ["ENDS", "worked_prompt"]

ENDS = "\n\n"
"""What stands after an answer in such a text."""


def worked_prompt(name: str, language: str, order: int, shown: int, **case: str) -> Prompt:
    """The prompt of completion template `name` about a `case` (its places, as text).

    `shown` examples stand before it, beginning with another one for each `order`; where there are
    `n`, the orders 0 to n - 1 differ.
    """
    template = load_completion(name)
    chosen = language if language in template.ask else "en"
    examples = exemplar_set(template.examples["shown"], chosen)
    parts: list[str] = []
    for step in range(min(shown, len(examples))):
        example = examples[(3 * order + step) % len(examples)]
        asked, reply = (
            filled(template.ask[chosen], example),
            filled(template.reply[chosen], example),
        )
        parts.append(f"{asked} {reply}")
    parts.append(filled(template.ask[chosen], case))
    return Prompt(text=ENDS.join(parts), template=name)
