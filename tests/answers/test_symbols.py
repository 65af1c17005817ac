"""Signs that mean something keep texts apart; punctuation does not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.answers.normalise import same
from pipeline.answers.symbols import folded, spelled_out

FORMS = [
    ("C++", "c++"), ("C#", "c#"), ("C♯", "c#"), ("A+", "a+"), ("A-", "a-"), ("A*", "a*"),
    ("x>=5", "x ≥ 5"), ("x \\ge 5", "x ≥ 5"), ("x <= 5", "x ≤ 5"), ("x != 5", "x ≠ 5"),
    ("p->q", "p → q"), ("p <-> q", "p ↔ q"), ("p => q", "p ⇒ q"), ("a*b", "a * b"),
    ("**bold** word", "bold word"), ("*it* is", "it is"), ("Na⁺", "na+"), ("Na^+", "na+"),
    ("Ca²⁺", "ca2+"), ("Cl⁻", "cl-"), ("H₂O", "h2o"), ("x²", "x ^ 2"), ("5' end", "5′ end"),
    ("f'(x)", "f′ x"), ("the 'A' grade", "a grade"), ("n!", "n!"), ("Yahoo! is", "yahoo is"),
    ("!x", "!x"), ("~x", "~x"), ("-x", "-x"), ("--help", "--help"), ("- item", "item"),
    ("well-known", "well known"), ("pre- and post-war", "pre and post war"), ("x - y", "x - y"),
    ("Paris - France", "paris france"), ("R&D", "r and d"), ("(a+b)*c", "( a + b ) * c"),
    ("C++ (a language)", "c++ language"), ("<b>Paris</b>", "paris"), ("a < b", "a < b"),
    ("2\\sqrt{3}", "2 √ 3"), ("$x$", "x"), ("$HOME", "$home"), ("50%", "50%"), ("#tag", "#tag"),
    ("# Title", "title"), ("O'Neil", "o neil"), ("3.1.4", "3.1.4"), (".NET", ".net"),
    ("vitamin A deficiency", "vitamin a deficiency"), ("A cat sat on a mat", "cat sat on mat"),
    ("A-level", "a level"), ("THE CAT SAT ON A MAT", "cat sat on mat"), ("the Hague", "hague"),
    ("-X", "-x"), ("-Xavier", "xavier"), ("x ~ y", "x ~ y"), ("x | y", "x y"), ("a || b", "a || b"),
    ("f {a b}", "f a b"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "form"), FORMS, ids=[f[0] for f in FORMS])
def test_how_a_text_is_compared(text: str, form: str) -> None:
    assert folded(spelled_out(text)) == form


@pytest.mark.parametrize(
    ("text", "form"),
    [("x^{2 y}", "x ^ ( 2 y )"), ("x^{2y}", "x ^ 2y"), ("f {a b}", "f a b"), ("{a b}", "a b"),
     ("물{H O}", "물 ( h o )"), ("(a + b) c", "( a + b ) c"), ("(the sea) c", "sea c")],
)  # fmt: skip
def test_brackets_that_hold_an_expression_together_are_kept(text: str, form: str) -> None:
    assert folded(text) == form


names = st.sampled_from(["C", "F", "Na", "Ca", "x", "grade A", "tree B", "group O", "node i"])
signs = st.sampled_from(["", "+", "-", "#", "*", "++", "--", "+-"])


@given(names, signs, signs)
@settings(deadline=None)
def test_an_attached_sign_makes_another_thing(name: str, one: str, other: str) -> None:
    assert bool(same(name + one, name + other, "text")) is (one == other)


relations = st.sampled_from(["=", "≠", "<", ">", "≤", "≥", "→", "↔", "⇒", "∈", "∉", "≈", "+", "/"])
ASCII = {"≠": "!=", "≤": "<=", "≥": ">=", "→": "->", "↔": "<->", "⇒": "=>"}
LATEX = {"≠": "\\neq", "≤": "\\leq", "≥": "\\ge", "→": "\\to", "∈": "\\in", "≈": "\\approx"}


@given(relations, relations, st.booleans())
@settings(deadline=None)
def test_relations_are_told_apart_however_they_are_written(
    one: str, other: str, spaced: bool
) -> None:
    gap = " " if spaced else ""
    plain = f"p {one} q"
    for spelling in (ASCII.get(other, other), LATEX.get(other, other)):
        room = " " if spelling[0] == "\\" else gap
        assert bool(same(plain, f"p{room}{spelling}{room}q", "text")) is (one == other), spelling


@given(st.text(max_size=80))
@settings(max_examples=500, deadline=None)
def test_any_text_folds_and_folds_no_further(text: str) -> None:
    once = folded(spelled_out(text))
    assert once == " ".join(once.split())
    assert folded(spelled_out(f"  {text.strip()}\n")) == folded(spelled_out(text.strip()))
