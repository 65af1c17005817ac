"""Operations and functions of the safe evaluator: sizes are bounded before anything is computed."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Sequence
from fractions import Fraction

__all__ = [
    "FUNCTIONS",
    "ProgramRefused",
    "Value",
    "as_number",
    "bounded",
    "mixed",
    "power",
    "truth",
    "unary",
]

MAX_BITS = 2_048
"""Bits of a numerator or denominator: numbers of about 600 digits."""
MAX_ITEMS = 1_000

Value = Fraction | float | bool | list["Value"]


class ProgramRefused(ValueError):
    """A program that is no arithmetic, fails, or would grow too large. Says which."""


def as_number(value: Value) -> Fraction | float:
    if isinstance(value, bool):
        return Fraction(int(value))
    if isinstance(value, list):
        raise ProgramRefused("a list is not a number")
    return value


def truth(value: Value) -> bool:
    return value if isinstance(value, bool) else as_number(value) != 0


def bounded(value: Value) -> Value:
    if isinstance(value, Fraction):
        bits = max(value.numerator.bit_length(), value.denominator.bit_length())
        if bits > MAX_BITS:
            raise ProgramRefused("a number grows too large")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ProgramRefused("a number is not finite")
    return value


def mixed(
    apply: Callable[[Fraction | float, Fraction | float], Fraction | float | int],
    one: Fraction | float,
    other: Fraction | float,
) -> Fraction | float:
    result = apply(one, other)
    return Fraction(result) if isinstance(result, int) else result


def unary(op: ast.unaryop, operand: Value) -> Value:
    match op:
        case ast.USub():
            return -as_number(operand)
        case ast.UAdd():
            return as_number(operand)
        case ast.Not():
            return not truth(operand)
    raise ProgramRefused(f"{type(op).__name__} is not arithmetic")


def power(base: Fraction | float, exponent: Fraction | float) -> Fraction | float:
    """Exact for whole exponents that stay small; the size is known before anything is computed."""
    if isinstance(base, Fraction) and isinstance(exponent, Fraction) and exponent.denominator == 1:
        bits = max(base.numerator.bit_length(), base.denominator.bit_length())
        if base not in (0, 1, -1) and bits * abs(exponent.numerator) > MAX_BITS + bits:
            raise ProgramRefused("a power grows too large")
        if base == 1 or (base == 0 and exponent > 0):
            return base
        if base == -1:
            return Fraction(-1 if exponent % 2 else 1)
        return Fraction(base ** int(exponent)) if base else Fraction(0) ** int(exponent)
    raised: object = float(base) ** float(exponent)
    if not isinstance(raised, float):  # complex
        raise ProgramRefused("a root of a negative number is not real")
    return raised


def _whole(value: Value, most: int) -> int:
    number = as_number(value)
    if number != int(number) or not 0 <= number <= most:
        raise ProgramRefused(f"a whole number from 0 to {most} is needed")
    return int(number)


def _numbers(arguments: Sequence[Value]) -> list[Fraction | float]:
    listed = arguments[0] if len(arguments) == 1 and isinstance(arguments[0], list) else arguments
    if not listed:
        raise ProgramRefused("a list is empty")
    return [as_number(v) for v in listed]


def _total(*arguments: Value) -> Value:
    total: Value = Fraction(0)
    for number in _numbers(arguments):
        total = bounded(mixed(operator.add, as_number(total), number))
    return total


def _product(*arguments: Value) -> Value:
    total: Value = Fraction(1)
    for number in _numbers(arguments):
        total = bounded(mixed(operator.mul, as_number(total), number))
    return total


def _range(*arguments: Value) -> Value:
    bounds = [int(as_number(a)) for a in arguments]
    if not 1 <= len(bounds) <= 3 or any(abs(b) > 10**12 for b in bounds):
        raise ProgramRefused("range takes one to three small whole numbers")
    counted = range(*bounds)
    if len(counted) > MAX_ITEMS:
        raise ProgramRefused(f"a range has more than {MAX_ITEMS} numbers")
    return [Fraction(n) for n in counted]


def _rounded(value: Value, places: Value = Fraction(0)) -> Value:
    """Half away from zero, as people round, on the exact value."""
    step = Fraction(10) ** _whole(places, 30)
    number = Fraction(as_number(value)) * step
    whole = math.floor(abs(number) + Fraction(1, 2))
    return Fraction(whole if number >= 0 else -whole) / step


def _root(value: Value) -> Value:
    number = as_number(value)
    if isinstance(number, Fraction) and number >= 0:
        top, bottom = math.isqrt(number.numerator), math.isqrt(number.denominator)
        if top * top == number.numerator and bottom * bottom == number.denominator:
            return Fraction(top, bottom)
    return math.sqrt(number)


def _floating(function: Callable[..., float]) -> Callable[..., Value]:
    def apply(*arguments: Value) -> Value:
        return function(*(float(as_number(a)) for a in arguments))

    return apply


def _whole_numbers(function: Callable[..., int], most: int) -> Callable[..., Value]:
    def apply(*arguments: Value) -> Value:
        return Fraction(function(*(_whole(a, most) for a in arguments)))

    return apply


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "abs": lambda value: abs(as_number(value)),
    "round": _rounded,
    "int": lambda value: Fraction(math.trunc(as_number(value))),
    "floor": lambda value: Fraction(math.floor(as_number(value))),
    "ceil": lambda value: Fraction(math.ceil(as_number(value))),
    "float": lambda value: as_number(value),
    "Fraction": lambda top, bottom=Fraction(1): mixed(
        operator.truediv, as_number(top), as_number(bottom)
    ),
    "min": lambda *values: min(_numbers(values)),
    "max": lambda *values: max(_numbers(values)),
    "sum": _total,
    "prod": _product,
    "len": lambda values: Fraction(len(_numbers([values]))),
    "range": _range,
    "pow": lambda base, exponent: power(as_number(base), as_number(exponent)),
    "sqrt": _root,
    "gcd": _whole_numbers(math.gcd, 10**60),
    "lcm": _whole_numbers(math.lcm, 10**60),
    "factorial": _whole_numbers(math.factorial, 250),
    "comb": _whole_numbers(math.comb, 1_000),
    "perm": _whole_numbers(math.perm, 200),
    "exp": _floating(math.exp),
    "log": _floating(math.log),
    "log2": _floating(math.log2),
    "log10": _floating(math.log10),
    "sin": _floating(math.sin),
    "cos": _floating(math.cos),
    "tan": _floating(math.tan),
    "radians": _floating(math.radians),
    "degrees": _floating(math.degrees),
}  # fmt: skip
