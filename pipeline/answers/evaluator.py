"""Arithmetic that a model wrote, computed safely (program of thoughts, arXiv 2211.12588).

A program is an expression, or assignments ending in one; the answer is `ans` (or `answer`, `result`)
where it is assigned, else the last value. The text is parsed into a syntax tree and the tree is
walked here: nothing is ever executed by Python itself, there are no names but the program's own and
a fixed table of functions, no attributes, no loops, no imports. Numbers are exact (`0.1 + 0.2` is
3/10); only roots, logarithms and the like go through floating point.

Every size is bounded before it is computed: characters, nodes, digits of a number, length of a list.
Together they keep a program under 50 ms.
"""

from __future__ import annotations

import ast
import math
import operator
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Computed", "ProgramRefused", "evaluate", "program_in"]

MAX_CHARACTERS = 2_000
MAX_NODES = 500
MAX_DEPTH = 40
MAX_BITS = 2_048
"""Bits of a numerator or denominator: numbers of about 600 digits."""
MAX_ITEMS = 1_000

Value = Fraction | float | bool | list["Value"]


class ProgramRefused(ValueError):
    """A program that is no arithmetic, fails, or would grow too large. Says which."""


@dataclass(frozen=True, slots=True)
class Computed:
    """The value of a program; `text` writes it as an answer (exactly where it is exact)."""

    value: Fraction | float | bool
    text: str


def evaluate(program: str) -> Computed:
    """The value of an arithmetic program. Raises `ProgramRefused` with the reason."""
    if len(program) > MAX_CHARACTERS:
        raise ProgramRefused(f"the program is longer than {MAX_CHARACTERS} characters")
    source = _tidied(program)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "5 is 5" and the like warn at parsing
            tree = ast.parse(source, mode="exec")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise ProgramRefused("the program is not arithmetic that can be read") from error
    if sum(1 for _ in ast.walk(tree)) > MAX_NODES:
        raise ProgramRefused(f"the program has more than {MAX_NODES} parts")
    try:
        value = _Run().program(tree)
    except (ArithmeticError, ValueError, TypeError, IndexError) as error:
        reason = str(error) if isinstance(error, ProgramRefused) else f"it fails: {error}"
        raise ProgramRefused(reason) from error
    if isinstance(value, list):
        raise ProgramRefused("the result is a list, not a number")
    if isinstance(value, float) and not math.isfinite(value):
        raise ProgramRefused("the result is not a finite number")
    return Computed(value, _written(value))


_FENCE = re.compile(r"```(?:python|py|calc)?[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL | re.IGNORECASE)
_ASSIGNMENT = re.compile(r"^[A-Za-z_]\w*\s*=(?!=)")


def program_in(text: str) -> str | None:
    """The program in a reply: the last fenced block, else the lines that assign or compute. None
    where there is none."""
    if blocks := _FENCE.findall(text):
        return str(blocks[-1]).strip() or None
    lines = [line.strip().strip("`") for line in text.splitlines()]
    kept = [line for line in lines if _ASSIGNMENT.match(line) or _only_arithmetic(line)]
    return "\n".join(kept) or None


def _only_arithmetic(line: str) -> bool:
    return bool(re.fullmatch(r"[\d\s.,+\-*/()%^×÷]+", line)) and bool(re.search(r"\d", line))


def _tidied(program: str) -> str:
    """What models write instead of Python: × ÷ − and the caret, separators in numbers, imports and
    `print(x)`."""
    for written, meant in (("×", "*"), ("÷", "/"), ("−", "-"), ("^", "**"), ("√", "sqrt")):
        program = program.replace(written, meant)
    program = re.sub(
        r"(?<![\d.])\d{1,3}(?:,\d{3})+(?![\d,])(?=[^(]*$)",
        lambda m: m[0].replace(",", ""),
        program,
        flags=re.M,
    )
    lines = []
    for line in program.strip().splitlines():
        if re.match(r"\s*(?:import|from)\s", line):
            continue
        shown = re.fullmatch(r"\s*(?:print|return)\b\s*(.*)", line)
        lines.append(shown[1] if shown else line)
    return "\n".join(lines)


class _Run:
    """One walk over a syntax tree."""

    def __init__(self) -> None:
        self.names: dict[str, Value] = {"pi": math.pi, "e": math.e}
        self.assigned: set[str] = set()

    def program(self, tree: ast.Module) -> Value:
        last: Value | None = None
        for statement in tree.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=expression):
                    last = self.assign(name, self.value(expression))
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as expression):
                    last = self.assign(name, self.value(expression))
                case ast.AugAssign(target=ast.Name(id=name) as target, op=op, value=expression):
                    target = ast.Name(id=name, ctx=ast.Load())
                    last = self.assign(
                        name, self.binary(op, self.value(target), self.value(expression))
                    )
                case ast.Expr(value=expression):
                    last = self.value(expression)
                case _:
                    raise ProgramRefused(f"{type(statement).__name__} is not arithmetic")
        for name in ("ans", "answer", "result"):
            if name in self.assigned:
                return self.names[name]
        if last is None:
            raise ProgramRefused("the program computes nothing")
        return last

    def assign(self, name: str, value: Value) -> Value:
        self.names[name] = value
        self.assigned.add(name)
        return value

    def value(self, node: ast.expr, depth: int = 0) -> Value:
        if depth > MAX_DEPTH:
            raise ProgramRefused("the expression is nested too deeply")
        below = depth + 1
        match node:
            case ast.Constant(value=bool() as flag):
                return flag
            case ast.Constant(value=int() as whole):
                return _bounded(Fraction(whole))
            case ast.Constant(value=float() as number):
                if not math.isfinite(number):
                    raise ProgramRefused("a number is too large")
                return _bounded(
                    Fraction(repr(number))
                )  # the decimal written, not its binary neighbour
            case ast.Name(id=name):
                if name not in self.names:
                    raise ProgramRefused(f"{name!r} has no value")
                return self.names[name]
            case ast.UnaryOp(op=op, operand=operand):
                return _unary(op, self.value(operand, below))
            case ast.BinOp(left=left, op=op, right=right):
                return self.binary(op, self.value(left, below), self.value(right, below))
            case ast.Compare(left=left, ops=ops, comparators=others):
                return self.compare(
                    self.value(left, below), ops, [self.value(o, below) for o in others]
                )
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self.value(body if _truth(self.value(test, below)) else orelse, below)
            case ast.BoolOp(op=op, values=parts):
                truths = [_truth(self.value(part, below)) for part in parts]
                return all(truths) if isinstance(op, ast.And) else any(truths)
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                return [self.value(part, below) for part in parts]
            case ast.Call(func=func, args=arguments, keywords=[]):
                return self.call(func, [self.value(a, below) for a in arguments])
        raise ProgramRefused(f"{type(node).__name__} is not arithmetic")

    def call(self, func: ast.expr, arguments: list[Value]) -> Value:
        match func:
            case ast.Name(id=name):
                pass
            case ast.Attribute(value=ast.Name(id="math"), attr=name):
                pass
            case _:
                raise ProgramRefused("only the functions of arithmetic can be called")
        if name not in _FUNCTIONS:
            raise ProgramRefused(f"there is no function {name!r} here")
        return _bounded(_FUNCTIONS[name](*arguments))

    def binary(self, op: ast.operator, left: Value, right: Value) -> Value:
        one, other = _number(left), _number(right)
        match op:
            case ast.Pow():
                return _bounded(_power(one, other))
            case ast.Add():
                return _bounded(_mixed(operator.add, one, other))
            case ast.Sub():
                return _bounded(_mixed(operator.sub, one, other))
            case ast.Mult():
                return _bounded(_mixed(operator.mul, one, other))
            case ast.Div():
                return _bounded(_mixed(operator.truediv, one, other))
            case ast.FloorDiv():
                return _bounded(_mixed(operator.floordiv, one, other))
            case ast.Mod():
                return _bounded(_mixed(operator.mod, one, other))
        raise ProgramRefused(f"{type(op).__name__} is not arithmetic")

    def compare(self, left: Value, ops: Sequence[ast.cmpop], others: list[Value]) -> bool:
        for op, right in zip(ops, others, strict=True):
            if type(op) not in _COMPARISONS:
                raise ProgramRefused(f"{type(op).__name__} is not arithmetic")
            if not _COMPARISONS[type(op)](_number(left), _number(right)):
                return False
            left = right
        return True


_COMPARISONS: dict[type[ast.cmpop], Callable[[Fraction | float, Fraction | float], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def _number(value: Value) -> Fraction | float:
    if isinstance(value, bool):
        return Fraction(int(value))
    if isinstance(value, list):
        raise ProgramRefused("a list is not a number")
    return value


def _truth(value: Value) -> bool:
    return value if isinstance(value, bool) else _number(value) != 0


def _bounded(value: Value) -> Value:
    if isinstance(value, Fraction):
        bits = max(value.numerator.bit_length(), value.denominator.bit_length())
        if bits > MAX_BITS:
            raise ProgramRefused("a number grows too large")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ProgramRefused("a number is not finite")
    return value


def _mixed(
    apply: Callable[[Fraction | float, Fraction | float], Fraction | float | int],
    one: Fraction | float,
    other: Fraction | float,
) -> Fraction | float:
    result = apply(one, other)
    return Fraction(result) if isinstance(result, int) else result


def _unary(op: ast.unaryop, operand: Value) -> Value:
    match op:
        case ast.USub():
            return -_number(operand)
        case ast.UAdd():
            return _number(operand)
        case ast.Not():
            return not _truth(operand)
    raise ProgramRefused(f"{type(op).__name__} is not arithmetic")


def _power(base: Fraction | float, exponent: Fraction | float) -> Fraction | float:
    """Exact for whole exponents that stay small; the size is known before anything is computed."""
    if isinstance(base, Fraction) and isinstance(exponent, Fraction) and exponent.denominator == 1:
        bits = max(base.numerator.bit_length(), base.denominator.bit_length())
        if base not in (0, 1, -1) and bits * abs(exponent.numerator) > MAX_BITS + bits:
            raise ProgramRefused("a power grows too large")
        if base in (0, 1, -1):
            exponent = Fraction(
                exponent.numerator % 2
                if base == -1
                else min(abs(exponent), 1) * (1 if exponent >= 0 else -1)
            )
        result: Fraction | float = base ** int(exponent)
        return result
    power = float(base) ** float(exponent)
    if isinstance(power, complex):
        raise ProgramRefused("a root of a negative number is not real")
    return power


def _whole(value: Value, most: int) -> int:
    number = _number(value)
    if number != int(number) or not 0 <= number <= most:
        raise ProgramRefused(f"a whole number from 0 to {most} is needed")
    return int(number)


def _numbers(arguments: Sequence[Value]) -> list[Fraction | float]:
    listed = arguments[0] if len(arguments) == 1 and isinstance(arguments[0], list) else arguments
    if not listed:
        raise ProgramRefused("a list is empty")
    return [_number(v) for v in listed]


def _total(*arguments: Value) -> Value:
    total: Value = Fraction(0)
    for number in _numbers(arguments):
        total = _bounded(_mixed(operator.add, _number(total), number))
    return total


def _product(*arguments: Value) -> Value:
    total: Value = Fraction(1)
    for number in _numbers(arguments):
        total = _bounded(_mixed(operator.mul, _number(total), number))
    return total


def _range(*arguments: Value) -> Value:
    bounds = [int(_number(a)) for a in arguments]
    if not 1 <= len(bounds) <= 3 or any(abs(b) > 10**12 for b in bounds):
        raise ProgramRefused("range takes one to three small whole numbers")
    counted = range(*bounds)
    if len(counted) > MAX_ITEMS:
        raise ProgramRefused(f"a range has more than {MAX_ITEMS} numbers")
    return [Fraction(n) for n in counted]


def _rounded(value: Value, places: Value = Fraction(0)) -> Value:
    """Half away from zero, as people round, on the exact value."""
    step = Fraction(10) ** _whole(places, 30)
    number = Fraction(_number(value)) * step
    whole = math.floor(abs(number) + Fraction(1, 2))
    return Fraction(whole if number >= 0 else -whole) / step


def _root(value: Value) -> Value:
    number = _number(value)
    if isinstance(number, Fraction) and number >= 0:
        top, bottom = math.isqrt(number.numerator), math.isqrt(number.denominator)
        if top * top == number.numerator and bottom * bottom == number.denominator:
            return Fraction(top, bottom)
    return math.sqrt(number)


def _floating(function: Callable[..., float]) -> Callable[..., Value]:
    def apply(*arguments: Value) -> Value:
        return function(*(float(_number(a)) for a in arguments))

    return apply


def _whole_numbers(function: Callable[..., int], most: int) -> Callable[..., Value]:
    def apply(*arguments: Value) -> Value:
        return Fraction(function(*(_whole(a, most) for a in arguments)))

    return apply


_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "abs": lambda value: abs(_number(value)),
    "round": _rounded,
    "int": lambda value: Fraction(math.trunc(_number(value))),
    "floor": lambda value: Fraction(math.floor(_number(value))),
    "ceil": lambda value: Fraction(math.ceil(_number(value))),
    "float": lambda value: _number(value),
    "Fraction": lambda top, bottom=Fraction(1): _mixed(operator.truediv, _number(top), _number(bottom)),
    "min": lambda *values: min(_numbers(values)),
    "max": lambda *values: max(_numbers(values)),
    "sum": _total,
    "prod": _product,
    "len": lambda values: Fraction(len(_numbers([values]))),
    "range": _range,
    "pow": lambda base, exponent: _power(_number(base), _number(exponent)),
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


def _written(value: Fraction | float | bool) -> str:
    """A value as an answer: whole, as a terminating decimal, as a fraction; floats to 12 digits."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.12g}"
    if value.denominator == 1:
        return str(value.numerator)
    rest, places = value.denominator, 0
    while rest % 10 == 0:
        rest, places = rest // 10, places + 1
    for prime in (2, 5):
        while rest % prime == 0:
            rest, places = rest // prime, places + 1
    if rest != 1 or places > 30:
        return f"{value.numerator}/{value.denominator}"
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}".rstrip("0")
