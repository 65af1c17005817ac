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


@pytest.mark.parametrize(
    ("text", "figure", "keys"),
    [
        # the nearer of two names, before the figure and behind it
        ("Under Mount Ryder the Sorrel Glacier falls 1,950 metres.", "1,950", {"sorrel-glacier"}),
        ("Where the Vara Viaduct meets the Ouse Bridge 37 arches stand.", "37", {"ouse-bridge"}),
        ("Beside the Vara Viaduct rise the 37 Ouse Towers.", "37", {"ouse-towers"}),
        ("1912 saw the opening of the Ouse Bridge", "1912", {"ouse-bridge"}),
        # of other clauses the last name only
        ("The Vara Viaduct is older; it outlived the Ouse Bridge, 96 metres long", "96",
         {"ouse-bridge"}),
        ("The Vara Viaduct (a ruin) shows what the Ouse Bridge has: 96 arches.", "96",
         {"ouse-bridge"}),
        ("Built by Ida Lind, it is 96 metres long.", "96", {"ida-lind"}),
        # what stands in brackets owns what stands in them, and so does what stands before them
        ("The Sorrel Atlas (now in the Berg Library) has 96 maps.", "96", {"sorrel-atlas"}),
        ("The Sorrel Atlas has 96 maps (now in the Berg Library).", "96", {"sorrel-atlas"}),
        ("The Vara Viaduct resembles the Ouse Bridge (1912).", "1912", {"ouse-bridge"}),
        ("The Sorrel Atlas (Ida Lind 1931) has maps.", "1931", {"ida-lind", "sorrel-atlas"}),
        ('"Sorrel Hill" (Ida Lind 1931) is a ballad.', "1931", {"ida-lind", "sorrel-hill"}),
        ("The Sorrel Atlas is by an heiress (Ida Lind 1931).", "1931", {"ida-lind"}),
        ("The Sorrel Atlas (first printed; Ida Lind 1931) has maps.", "1931", {"ida-lind"}),
    ],
)  # fmt: skip
def test_who_owns_a_figure(text: str, figure: str, keys: set[str]) -> None:
    assert owners_of(text, figure) == keys


@pytest.mark.parametrize(
    ("text", "figure", "keys"),
    [
        ("Maurice Ravel met Claude Debussy in 1901.", "1901", {"maurice-ravel", "claude-debussy"}),
        ("Ada Lovelace met Charles Babbage in 1833.", "1833", {"ada-lovelace", "charles-babbage"}),
        ("Ada Lovelace met Charles Babbage, 12 notes in hand.", "12", {"charles-babbage"}),
        ("Hector Berg owns beside Ida Lind 1,950 books.", "1,950", {"ida-lind"}),
        ("At Lake Sorrel the Ouse Society was founded in 1901.", "1901", {"ouse-society"}),
    ],
)
def test_an_event_has_one_time_and_several_that_take_part(
    text: str, figure: str, keys: set[str]
) -> None:
    assert owners_of(text, figure) == keys
