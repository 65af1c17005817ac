"""Every alias comes back to its gold: by the product's normaliser, as a rounding, as a time, or by
a list of translations, short names and other wordings that a person has read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from evals.scorers.contains import stands
from pipeline.answers.normalise import same

from .reading import items
from .test_dataset import flat, number, tokens

REVIEWED = {
    tuple(line.split("\t"))
    for line in Path(__file__).with_name("aliases.tsv").read_text(encoding="utf-8").splitlines()
}
"""(id, alias): read, and found to say the same."""

CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d\d)|(\d+)분 (\d+)초")


def seconds(text: str) -> int | None:
    found = CLOCK.fullmatch(text)
    if found is None:
        return None
    hours, minutes, rest, korean, remainder = (int(part or 0) for part in found.groups())
    return 3600 * hours + 60 * (minutes + korean) + rest + remainder


def same_figures(alias: str, gold: str) -> bool:
    """All figures of both in order, up to rounding; one may carry the scale (30, 30 billion)."""
    ours, theirs = figures(alias), figures(gold)
    return (
        len(ours) == len(theirs) > 0
        and all(a == pytest.approx(b, rel=0.035) for a, b in zip(ours, theirs, strict=True))
        and not (units(alias) ^ units(gold)) & SCALES_THAT_DIFFER
    )


SCALES_THAT_DIFFER = frozenset({"million", "trillion", "만", "조"})
"""A bare figure stands for billions, 억 or the unit asked for; not for these, unless said."""


def figures(text: str) -> list[float]:
    found = [number(part) for part in re.findall(r"-?\d[\d,]*(?:\.\d+)?", text)]
    return [value for value in found if value is not None]


def units(text: str) -> set[str]:
    return set(re.findall(r"million|billion|trillion|만|억|조", text.lower()))


def comes_back(item: dict[str, Any], alias: str) -> bool:
    gold, language = item["answers"][0], item["language"]
    if same(alias, gold, "auto", language) or flat(alias) == flat(gold):
        return True
    if seconds(alias) is not None:
        return seconds(alias) == seconds(gold)
    if len(figures(alias)) == len(figures(gold)) and (
        stands(alias, gold, language) or stands(gold, alias, language)
    ):
        return True
    plain = not set(tokens(alias)) - set(tokens(gold)) or number(gold) is not None
    return plain and same_figures(alias, gold)


def test_every_alias_comes_back_to_its_gold() -> None:
    lost = [
        (item["id"], item["answers"][0], alias)
        for item in items()
        for alias in item["answers"][1:]
        if not comes_back(item, alias) and (item["id"], alias) not in REVIEWED
    ]
    assert lost == []


def test_the_reviewed_list_has_nothing_that_is_not_needed() -> None:
    needed = {
        (item["id"], alias)
        for item in items()
        for alias in item["answers"][1:]
        if not comes_back(item, alias)
    }
    assert needed == REVIEWED


@pytest.mark.parametrize(
    ("gold", "alias"),
    [("30 billion", "31 million"), ("5", "6"), ("00:02:17", "2:71"), ("Holm", "Hochberg"),
     ("1.2조", "1.2억"), ("50%", "5"), ("7, 13 and 65", "7, 13")],
)  # fmt: skip
def test_a_wrong_alias_does_not_come_back(gold: str, alias: str) -> None:
    assert not comes_back({"answers": [gold], "language": "en"}, alias)
