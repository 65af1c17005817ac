"""Whose figure is it, in a sentence with several names?"""

from __future__ import annotations

import pytest

from pipeline.evidence.owners import owners
from pipeline.text.entities import names
from pipeline.text.numbers.quantities import quantities


def owners_of(text: str, figure: str) -> set[str]:
    for quantity in quantities(text):
        if text[quantity.start : quantity.end].startswith(figure):
            return set(owners(text, quantity, names(text)))
    raise AssertionError(f"{figure!r} was not read as a figure")


@pytest.mark.parametrize(
    ("text", "figure", "key", "owned"),
    [
        ("GPT-2 has 1.5 billion parameters, under GPT-3's 175 billion.", "1.5", "gpt-2", True),
        ("GPT-2 has 1.5 billion parameters, under GPT-3's 175 billion.", "175", "gpt-2", False),
        ("GPT-1: 117 million; GPT-2: 1.5 billion; GPT-3: 175 billion", "175", "gpt-3", True),
        ("GPT-1: 117 million; GPT-2: 1.5 billion; GPT-3: 175 billion", "175", "gpt-2", False),
        ("GPT-3 (175 billion) dwarfs GPT-2 (1.5 billion).", "175", "gpt-3", True),
        ("GPT-3 (175 billion) dwarfs GPT-2 (1.5 billion).", "1.5", "gpt-3", False),
        ("GPT-2, released by OpenAI in 2019, has 1.5 billion parameters.", "1.5", "gpt-2", True),
        ("Switch Transformer, Switch-C, has 2,048 experts.", "2,048", "switch-transformer", True),
        ("GPT-2 came out in 2019 and GPT-3 in 2020.", "2020", "gpt-3", True),
        ("GPT-2 came out in 2019 and GPT-3 in 2020.", "2020", "gpt-2", False),
        ("LIMA(Zhou 등, 2023)는 예시 1,000개로 LLaMA를 조정했다.", "1,000", "lima", True),
        ("GPT-3(175 billion) dwarfs GPT-2(1.5 billion).", "1.5", "gpt-2", True),
        ("GPT-3 with 96 layers is read more than Gopher.", "96", "gpt-3", True),
        ("GPT-3 with 96 layers is read more than Gopher.", "96", "gopher", False),
        ("GPT-3의 파라미터는 1,750억 개이며 GPT-2보다 크다.", "1,750억", "gpt-3", True),
    ],
)  # fmt: skip
def test_a_figure_belongs_to_its_own_name(text: str, figure: str, key: str, owned: bool) -> None:
    assert (key in owners_of(text, figure)) is owned


def test_a_sentence_without_names_leaves_its_figures_free() -> None:
    assert owners_of("the model has 1.5 billion parameters", "1.5") == set()
