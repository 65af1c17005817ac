"""Values: a number is read as a whole, in every way of writing it, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.answers.normalise import canonical, same
from pipeline.answers.parse import extract
from pipeline.text.numbers.quantities import figures, quantities

# What is written, and the number it is; None where no number may be read.
VALUES: list[tuple[str, str | None]] = [
    # thousands
    ("10,\\!000", "10000"), ("10{,}000", "10000"), ("10\\,000", "10000"), ("10\\;000", "10000"),
    ("10\\ 000", "10000"), ("1 234 567", "1234567"), ("1 234", "1234"), ("1\u00a0234", "1234"),
    ("1\u2009234", "1234"), ("1\u202f234", "1234"), ("1\u2007234", "1234"), ("1'234", "1234"),
    ("1’234’567", "1234567"), ("1'234'567.89", "1234567.89"), ("1_234", "1234"),
    ("1,234.50", "1234.5"), ("1,00,000", "100000"), ("12,34,000", "1234000"), ("100 000", "100000"),
    ("12 345.5", "12345.5"), ("1 2345", None), ("12 34", None), ("1,23,456", None),
    # one locale: a point before decimals, a comma between thousands, unless both are there
    ("1.234", "1.234"), ("1.234,56", "1234.56"), ("12.345.678,9", "12345678.9"),
    ("1 234,56", "1234.56"), ("12 345 678,90", "12345678.9"), ("12,5", None), ("1,23", None),
    ("0,5", None), ("0,125", None), ("1.234.567", None), ("1.234,567", None), ("1 234,567", None),
    # signs
    ("- 5", "-5"), ("− 5", "-5"), ("-5", "-5"), ("+ 5", "5"), ("x = - 5", "-5"), ("$-5$", "-5"),
    ("-$5$", "-5"), ("(-5)", "-5"), ("±5", None), ("--5", None), ("-(5)", None), ("|-5|", None),
    # fractions and mixed numbers
    ("\\frac12", "1/2"), ("\\frac{1}{2}", "1/2"), ("\\dfrac34", "3/4"), ("\\tfrac1{2}", "1/2"),
    ("\\frac 1 2", "1/2"), ("-\\frac12", "-1/2"), ("\\frac{-1}{2}", "-1/2"),
    ("\\frac{1.5}{2}", "3/4"), ("\\frac{1}{-2}", "-1/2"), ("1⁄2", "1/2"), ("3½", "3.5"),
    ("3 ½", "3.5"), ("3 1/2", "3.5"), ("-3 1/2", "-3.5"), ("3\\frac{1}{2}", "3.5"),
    ("3 \\frac12", "3.5"), ("3 5/2", None), ("3½½", None), ("1/2/3", None), ("3/0", None),
    ("\\frac{1}{0}", None), ("\\frac{x}{2}", None), ("\\frac{\\pi}{2}", None),
    ("\\frac{1}{x}", None),
    ("3 and a half", "3.5"), ("3 and a quarter", "3.25"), ("7 tenths", "0.7"), ("3할 5푼", "0.35"),
    # powers
    ("2^10", "1024"), ("2^{10}", "1024"), ("2**10", "1024"), ("10⁻³", "0.001"),
    ("10^{-3}", "0.001"), ("10^(-3)", "0.001"), ("1.5e3", "1500"), ("1.5 \\times 10^{3}", "1500"),
    ("1.5 \\cdot 10^3", "1500"), ("2^x", None), ("2^{x}", None), ("2^{10x}", None),
    ("2^{10+x}", None), ("2^3^2", None), ("2^0.5", None), ("9^(1/2)", None), ("x^2", None),
    ("e^2", None), ("(-2)^2", None), ("5²x", None),
    # roots, letters, functions, operators
    ("2√3", None), ("√2", None), ("2\\sqrt{3}", None), ("\\sqrt[3]{8}", None), ("∛8", None),
    ("2π", None), ("2\\pi", None), ("2 \\pi", None), ("π/2", None), ("3+4i", None),
    ("3 + 4i", None),
    ("4i", None), ("5 i", None), ("3x + 2", None), ("x + 3", None), ("x - 3", None), ("x-3", None),
    ("3 - x", None), ("2y", None), ("log 5", None), ("\\log 5", None), ("ln(2)", None),
    ("f(3)", None), ("sin 30", None), ("max(3, 4)", None), ("2(3+4)", None), ("2(x+1)", None),
    ("(2)(3)", None), ("3 + 5", None), ("10-3", None), ("3×4", None), ("3*4", None),
    ("5 ± 1", None),
    ("5 mod 3", None), ("5 % 3", None), ("5!/3", None), ("$5!$", None), ("5! = 120", "120"),
    ("5 squared", None), ("square root of 16", None), ("5의 제곱", None), ("루트 5", None),
    ("5 plus 3", None), ("5 divided by 3", None), ("3 out of 4", None), ("3 or 4", None),
    ("3 and 4", None), ("(3, 4)", None), ("3, 4", None), ("3 4", None), ("10 20 30", None),
    ("≠ 5", None), ("x != 5", None), ("x ≠ 5", None), ("not 5", None), ("5가 아니다", None),
    ("1010_2", None), ("1010₂", None), ("0x10", None), ("5'", None), ("5′", None), ("5'10", None),
    # decimals that go on
    ("0.333...", None), ("0.333…", None), ("0.\\overline{3}", None), ("0.3\u0305", None),
    ("0.(3)", None), ("5...", "5"),
    # units and wrappings that change nothing
    ("25%", "1/4"), ("25\\%", "1/4"), ("$42$", "42"), ("\\(42\\)", "42"), ("\\text{42}", "42"),
    ("12 \\text{ people}", "12"), ("**42**", "42"), ("5 apples", "5"), ("5 lakh", "500000"),
    ("about 5", "5"), ("~5", "5"), ("x = 5", "5"), ("3 + 5 = 8", "8"), ("5!", "5"), ("#5", "5"),
    ("5 5'", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), VALUES, ids=[v[0] for v in VALUES])
def test_a_number_is_read_whole_or_not_at_all(text: str, value: str | None) -> None:
    found = canonical(text, "number")
    assert (found and found.key) == (value and f"n:{Fraction(value)}")


@pytest.mark.parametrize(("text", "value"), VALUES, ids=[v[0] for v in VALUES])
@pytest.mark.parametrize("frame", ["The answer is {}.", "\\boxed{{{}}}", "#### {}", "답: {}"])
def test_in_a_reply_too(text: str, value: str | None, frame: str) -> None:
    found = extract(frame.format(text), "number")
    read = canonical(found.text, "number") if found else None
    assert (read and read.key) == (value and f"n:{Fraction(value)}"), found


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("2시간 반", "2.5 hours"), ("2년 반", "30 months"), ("12 \\text{ cm}", "0.12 m"),
        ("90^\\circ", "90°"), ("25^\\circ C", "25 °C"), ("5 m²", "5 m^2"), ("5 cm³", "5 ml"),
        ("- $5", "-5 dollars"), ("\\$1,234.50", "1234.5 dollars"), ("$1,234.50", "1234.5 dollars"),
        ("100 000 km", "100,000 km"), ("1'234 €", "1234 euros"), ("3다스", "36"),
    ],
)  # fmt: skip
def test_units_are_read_with_them(text: str, other: str) -> None:
    verdict = same(text, other, "number")
    assert verdict, verdict.reason


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("He has 12 345 euros.", 12345), ("The population is 1 234 567.", 1234567),
        ("So that is - 5.", -5), ("It took 2 1/2 days, so 2½.", Fraction(5, 2)),
        ("7 + 7 is 14.", 14), ("So the total is 8 (3 + 5).", 8), ("The answer is 8 (3 + 5).", 8),
        ("The square of 5 is 25.", 25), ("√16 = 4", 4), ("x^2 = 9", 9), ("2^3 = 8", 8),
        ("We have 5! = 120 orders.", 120), ("Answer:\n- 5", 5), ("- 3 of them\n- 5 of these", 5),
        ("3 + 5 = 8 apples, because 5 + 3 = 8.", 8), ("5 squared is 25", 25),
    ],
)  # fmt: skip
def test_the_value_of_a_reply(text: str, value: Fraction) -> None:
    found = extract(text, "number")
    assert found is not None
    read = canonical(found.text, "number")
    assert read is not None
    assert read.value == value


@pytest.mark.parametrize(
    "text",
    [
        "There are 5 cats. The answer is 2√3.", "I see 7. So x = 3 + 4i.", "5 cats. It is π.",
        "The answer is \\boxed{2\\sqrt{3}}. There are 5.",
        "The answer is 3 + 5 apples.", "The answer is 5 and 6.", "We get 12. Hence 12y.",
    ],
)  # fmt: skip
def test_what_is_not_understood_is_not_replaced_by_another_figure(text: str) -> None:
    assert extract(text, "number") is None


def test_in_running_text_a_figure_of_a_sum_is_a_figure_and_a_part_of_a_root_is_none() -> None:
    assert [q.value for q in quantities("10 - 3 and 2√3 and x^2 and 85.2 ± 0.3")] == [
        10, 3, Fraction("85.2"), Fraction("0.3"),
    ]  # fmt: skip
    held = figures("3 + 5 or 2√3")
    assert [q.value for q in held.quantities] == [3, 5]
    assert held.values == []
    assert held.operands == {0, 1}
    assert held.unread


def test_a_row_of_numbers_is_no_number_in_running_text() -> None:
    assert [int(q.value) for q in quantities("layers 12 768 and 24 1024")] == [12, 768, 24, 1024]
    assert [int(q.value) for q in quantities("a city of 1 234 567 people")] == [1234567]
    assert [int(q.value) for q in quantities("it cost 100 000 euros")] == [100000]


# --- in every way of writing it -------------------------------------------------------------------


def grouped(mark: str) -> Callable[[int], str]:
    return lambda value: f"{value:,}".replace(",", mark)


INTEGERS: dict[str, Callable[[int], str]] = {
    "plain": str, "commas": grouped(","), "braces": grouped("{,}"), "thin": grouped("\\,"),
    "thick": grouped("\\;"), "negative thin": grouped(",\\!"), "space": grouped(" "),
    "no-break": grouped("\u00a0"), "narrow": grouped("\u202f"), "apostrophe": grouped("'"),
    "quote": grouped("’"), "low line": grouped("_"), "decimals": "{:,}.00".format,
    "dollars": "${:,}$".format, "brackets": "\\({}\\)".format, "boxed": "\\boxed{{{:,}}}".format,
    "text": "\\text{{{}}}".format, "bold": "**{:,}**".format, "set": "x = {:,}".format,
    "sum": "1 + 2 = {:,}".format, "hedge": "about {:,}".format, "noun": "{:,} apples".format,
    "counter": "{:,}개".format, "bracketed": "({:,})".format, "stop": "{:,}.".format,
    "wide": lambda n: str(n).translate({ord("0") + d: 0xFF10 + d for d in range(10)}),
    "fraction": lambda n: f"{n * 2}/2", "latex": lambda n: f"\\frac{{{n * 3}}}{{3}}",
    "percent": lambda n: f"{n * 100}%", "escaped percent": lambda n: f"{n * 100:,}\\%",
    "times ten": lambda n: f"{n} \\times 10^{{0}}", "power": lambda n: f"{n}×10⁰",
    "exponent": lambda n: f"{n}e0", "european": lambda n: f"{n:,}".replace(",", ".") + ",0"
    if n >= 1000 else str(n),
}  # fmt: skip
HALVES: dict[str, Callable[[int], str]] = {
    "point": "{}.5".format, "commas": "{:,}.50".format, "vulgar": "{}½".format,
    "spaced vulgar": "{} ½".format, "mixed": "{} 1/2".format, "latex": "{}\\frac{{1}}{{2}}".format,
    "short": "{} \\frac12".format, "words": "{} and a half".format,
    "over": lambda n: f"{2 * n + 1}/2", "frac": lambda n: f"\\frac{{{2 * n + 1}}}{{2}}",
    "apostrophes": lambda n: f"{n:,}".replace(",", "'") + ".5",
}  # fmt: skip
SIGNS = {"": 1, "-": -1, "−": -1, "- ": -1, "− ": -1, "minus ": -1, "+": 1}
FRAMES = (
    "{}", "The answer is {}.", "So the result is {}.", "#### {}", "답: {}", "**Answer:** {}",
    "\\boxed{{{}}}", "We add 2 and 3.\nTherefore, the answer is {}.", "The final answer is: {}",
)  # fmt: skip
whole = st.one_of(st.integers(0, 999), st.integers(1000, 10**7), st.integers(10**6, 10**12))
bare = st.sampled_from(["plain", "commas", "thin", "space", "apostrophe", "latex", "fraction"])


@given(whole, st.sampled_from(list(INTEGERS)))
@settings(max_examples=600, deadline=None)
def test_every_writing_of_a_whole_number_has_its_value(value: int, writing: str) -> None:
    text = INTEGERS[writing](value)
    read = canonical(text, "number")
    assert read is not None, text
    assert read.key == f"n:{value}", text
    auto = canonical(text)
    assert auto is not None
    assert auto.key == f"n:{value}", text


@given(whole, st.sampled_from(list(HALVES)), st.sampled_from(list(SIGNS)))
@settings(max_examples=400, deadline=None)
def test_every_writing_of_a_half_has_its_value(value: int, writing: str, sign: str) -> None:
    text = sign + HALVES[writing](value)
    read = canonical(text, "number")
    assert read is not None, text
    assert read.key == f"n:{SIGNS[sign] * (value + Fraction(1, 2))}", text


@given(whole, bare, st.sampled_from(list(SIGNS)), st.sampled_from(FRAMES))
@settings(max_examples=400, deadline=None)
def test_and_in_a_reply(value: int, writing: str, sign: str, frame: str) -> None:
    text = frame.format(sign + INTEGERS[writing](value))
    found = extract(text, "number")
    assert found is not None, text
    read = canonical(found.text, "number")
    assert read is not None, text
    assert read.key == f"n:{SIGNS[sign] * value}", text


# --- never out of an expression -------------------------------------------------------------------

LEFT = (
    "√", "√(", "\\sqrt{", "\\sqrt[3]{", "2√", "x^", "x^{", "e^", "e^{", "log ", "\\log ", "ln(",
    "sin ", "f(", "x + ", "x+", "x - ", "x-", "i + ", "2x + ", "π + ", "±", "≠ ", "!= ", "\\neq ",
    "x ≠ ", "not ", "--", "3 + ", "3+", "3 - ", "3 × ", "3*", "7/", "\\frac{", "\\frac{x}{",
    "\\pi + ", "|x| + ", "y·", "n/", "a_", "x_{", "3 to ", "3 or ", "max(", "square root of ",
    "루트 ", "3-", "1.2.", "0x", "∛", "-(", "x / ", "k × ", "2 · ", "3 ± ", "sqrt(", "2^", "10^",
    "1/x + ", "3 \\times ", "x \\cdot ", "¬", "\\binom{", "x ∈ {", "det(", "3\\sqrt[3]{",
)  # fmt: skip
RIGHT = (
    "√3", "√x", " √3", "\\sqrt{3}", " \\sqrt 2", "π", " π", "\\pi", " \\pi", "^x", "^{n}",
    "^(1/x)", "!=120", "i", " i", " + 4i", "+4i", "-2i", " - x", "x + 1", " x + 1", "+x", "*x",
    "/x", " / y", "·k", " mod 3", " ± 1", "±1", "_2", "_{10}", "₂", "ⁿ", " + 3", " - 3", "+3",
    " × 3", "*3", "/7/2", " to 7", " or 7", " and 7", "'3", "′", "'", "\\%x", "\\overline{3}",
    "\u0305", " squared", " cubed", " factorial", "의 제곱", " plus 3", " minus 3", " divided by 3",
    " choose 2", " 이나 3", "가 아니다", "(x+1)", "(3)", " \\times x", " \\cdot \\pi", "e",
    " out of 7", "∞", " ∞", "|x", "^∘", " quarters",
)  # fmt: skip


def closed(text: str) -> str:
    text += "}" * (text.count("{") - text.count("}"))
    return text + ")" * (text.count("(") - text.count(")"))


@given(
    st.integers(11, 10**6), bare, st.sampled_from(("", *LEFT)), st.sampled_from(("", *RIGHT)),
    st.sampled_from(FRAMES),
)  # fmt: skip
@settings(max_examples=1500, deadline=None)
def test_no_number_is_taken_out_of_an_expression(
    value: int, writing: str, left: str, right: str, frame: str
) -> None:
    if not left and not right:
        return
    text = closed(left + INTEGERS[writing](value) + right)
    for kind in ("number", "auto"):
        read = canonical(text, kind)
        assert read is None or read.key != f"n:{value}", text
    found = extract(frame.format(text), "number")
    read = canonical(found.text, "number") if found else None
    assert read is None or read.key != f"n:{value}", (frame.format(text), found)
