"""Names of strategies, and the parameters that config.yaml gives them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.strategies import (
    AGGREGATIONS,
    PROMPT_METHODS,
    Access,
    StrategyName,
    make_strategy,
    parse_name,
)

names = st.builds(
    StrategyName,
    st.sampled_from(sorted(PROMPT_METHODS)),
    st.sampled_from(sorted(r for r in AGGREGATIONS if r)),
    st.none() | st.integers(1, 1024),
    st.none()
    | st.sampled_from([Access("closed"), Access("oracle"), Access("rag"), Access("ask")])
    | st.builds(Access, st.just("rag"), st.integers(1, 100)),
)


@given(names)
def test_a_name_says_what_it_was_read_from(name: StrategyName) -> None:
    assert parse_name(str(name)) == name


def test_parts_of_a_name() -> None:
    assert [parse_name(f"cot@sc{n}").draws for n in (1, 1024)] == [1, 1024]
    assert [parse_name(f"rag{k}+cot").access for k in (1, 100)] == [
        Access("rag", 1), Access("rag", 100),
    ]  # fmt: skip
    assert parse_name("cot") == StrategyName("cot")
    assert parse_name("rag3+plan@sc16") == StrategyName("plan", "sc", 16, Access("rag", 3))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cot@",
        "@sc8",
        "rag0+cot",
        "closed3+cot",
        "cot@sc0",
        "cot@sc1025",
        "rag101+cot",
        "a b",
        "COT",
    ],
)
def test_what_is_not_a_name(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_name(text)


def test_an_unknown_part_suggests_the_nearest() -> None:
    with pytest.raises(ConfigError, match="`plan`"):
        make_strategy("plam")
    with pytest.raises(ConfigError, match="`verified`"):
        make_strategy("cot@verifed")


def test_the_name_of_a_strategy_says_its_draws() -> None:
    assert make_strategy("cot@sc").name == "cot@sc8"
    assert make_strategy("rag+cot@sc4", draws=16).name == "cot@sc16"
    assert make_strategy("cot").draws == 1


def test_parameters_come_from_the_configuration_and_are_checked() -> None:
    assert make_strategy("cot@sc", options={"sc": {"quorum": 3}}).quorum == 3  # type: ignore[attr-defined]
    with pytest.raises(ConfigError, match=r"strategies\.sc\.quorun.*`quorum`"):
        make_strategy("cot@sc", options={"sc": {"quorun": 3}})
    with pytest.raises(ConfigError, match=r"strategies\.sc\.quorum: 'x'"):
        make_strategy("cot@sc", options={"sc": {"quorum": "x"}})
