"""Arithmetic that a model wrote, computed safely (program of thoughts, arXiv 2211.12588).

A program is an expression, or assignments ending in one; the answer is `ans` (or `answer`,
`result`) where it is assigned, else the last value. The text is parsed into a syntax tree and the
tree is walked here: nothing is ever executed by Python itself, there are no names but the program's
own and a fixed table of functions, no attributes, no loops, no imports. Numbers are exact (`0.1 +
0.2` is 3/10); only roots, logarithms and the like go through floating point.

Every size is bounded before it is computed: characters, nodes, digits of a number, length of a
list, numbers handled in all. Together they keep a program under 50 ms.
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

from pipeline.answers.calculator_functions import (
    FUNCTIONS,
    ProgramRefused,
    Value,
    as_number,
    bounded,
    mixed,
    power,
    truth,
    unary,
)
from pipeline.text.patterns import pattern

__all__ = ["Computed", "ProgramRefused", "evaluate", "program_in"]

MAX_CHARACTERS = 2_000
MAX_NODES = 500
MAX_DEPTH = 40
MAX_WORK = 4_000
"""Numbers handled in all: nodes, and the items of every list each time a function reads it."""


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
            # To quote a wrong line the parser opens the file it is told of: one without a name
            # can never be there.
            tree = ast.parse(source, filename="", mode="exec")
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


_FENCE = pattern(r"```(?:python|py|calc)?[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL | re.IGNORECASE)
_ASSIGNMENT = pattern(r"^[A-Za-z_]\w*\s*=(?!=)")


def program_in(text: str) -> str | None:
    """The program in a reply: the last fenced block, else the lines that assign or compute. None
    where there is none. Of `3 + 5 = 9` only the left side is taken: what the model says it comes to
    is not computed."""
    if blocks := _FENCE.findall(text):
        return "\n".join(_unclaimed(line) for line in str(blocks[-1]).strip().splitlines()) or None
    lines = [_unclaimed(line.strip().strip("`")) for line in text.splitlines()]
    kept = [line for line in lines if _ASSIGNMENT.match(line) or _only_arithmetic(line)]
    return "\n".join(kept) or None


_EQUALS = pattern(r"(?<![=<>!])=(?!=)")
_OPERATION = pattern(r"[\d)]\s*[-+*/%^×÷]")


def _unclaimed(line: str) -> str:
    """A line without the results that are claimed in it; as it is where it claims none."""
    sides = _EQUALS.split(line)
    head = sides.pop(0) + "= " if _ASSIGNMENT.match(line) else ""
    if len(sides) < 2 or not all(_only_arithmetic(s) and not _PROSE.search(s) for s in sides):
        return line
    computed = sides[0].strip()
    return head + computed if head or _OPERATION.search(computed) else line


_PROSE = pattern(r"[.,]\s+\S")  # "10. 10 + 3": a sentence ended there


def _only_arithmetic(line: str) -> bool:
    return bool(re.fullmatch(r"[\d\s.,+\-*/()%^×÷]+", line)) and bool(re.search(r"\d", line))


_PERCENT = pattern(r"(?<![\w.])(\d{1,30}(?:\.\d{1,30})?)\s?%(?!\s*[\w(.])")
_SEPARATED = pattern(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_LISTED = pattern(r"\w\s*\(|\[")  # here a comma parts two numbers


def _tidied(program: str) -> str:
    """What models write instead of Python: × ÷ − and the caret, separators in numbers, imports and
    `print(x)`."""
    for written, meant in (("×", "*"), ("÷", "/"), ("−", "-"), ("^", "**"), ("√", "sqrt")):
        program = program.replace(written, meant)
    program = _PERCENT.sub(r"(\1/100)", program)
    lines = []
    for line in program.strip().splitlines():
        if re.match(r"\s*(?:import|from)\s", line):
            continue
        shown = re.fullmatch(r"\s*(?:print|return)\b\s*(.*)", line)
        line = shown[1] if shown else line
        if not _LISTED.search(line):
            line = _SEPARATED.sub(lambda found: found[0].replace(",", ""), line)
        lines.append(line)
    return "\n".join(lines)


class _Run:
    """One walk over a syntax tree."""

    def __init__(self) -> None:
        self.names: dict[str, Value] = {"pi": math.pi, "e": math.e}
        self.assigned: set[str] = set()
        self.work = 0

    def program(self, tree: ast.Module) -> Value:
        last: Value | None = None
        for statement in tree.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=expression):
                    last = self.assign(name, self.value(expression))
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as expression):
                    last = self.assign(name, self.value(expression))
                case ast.AugAssign(target=ast.Name(id=name), op=op, value=expression):
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
        self.spend(1)
        match node:
            case ast.Constant(value=bool() as flag):
                return flag
            case ast.Constant(value=int() as whole):
                return bounded(Fraction(whole))
            case ast.Constant(value=float() as number):
                if not math.isfinite(number):
                    raise ProgramRefused("a number is too large")
                return bounded(Fraction(repr(number)))  # as written, not its binary neighbour
            case ast.Name(id=name):
                if name not in self.names:
                    raise ProgramRefused(f"{name!r} has no value")
                return self.names[name]
            case ast.Attribute(value=ast.Name(id="math"), attr="pi" | "e" as name):
                return math.pi if name == "pi" else math.e
            case ast.UnaryOp(op=op, operand=operand):
                return unary(op, self.value(operand, below))
            case ast.BinOp(left=left, op=op, right=right):
                return self.binary(op, self.value(left, below), self.value(right, below))
            case ast.Compare(left=left, ops=ops, comparators=others):
                return self.compare(
                    self.value(left, below), ops, [self.value(o, below) for o in others]
                )
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self.value(body if truth(self.value(test, below)) else orelse, below)
            case ast.BoolOp(op=op, values=parts):
                truths = [truth(self.value(part, below)) for part in parts]
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
        if name not in FUNCTIONS:
            raise ProgramRefused(f"there is no function {name!r} here")
        self.spend(sum(len(a) for a in arguments if isinstance(a, list)))
        made = bounded(FUNCTIONS[name](*arguments))
        self.spend(len(made) if isinstance(made, list) else 0)
        return made

    def spend(self, work: int) -> None:
        self.work += work
        if self.work > MAX_WORK:
            raise ProgramRefused("the program handles too many numbers")

    def binary(self, op: ast.operator, left: Value, right: Value) -> Value:
        one, other = as_number(left), as_number(right)
        match op:
            case ast.Pow():
                return bounded(power(one, other))
            case ast.Add():
                return bounded(mixed(operator.add, one, other))
            case ast.Sub():
                return bounded(mixed(operator.sub, one, other))
            case ast.Mult():
                return bounded(mixed(operator.mul, one, other))
            case ast.Div():
                return bounded(mixed(operator.truediv, one, other))
            case ast.FloorDiv():
                return bounded(mixed(operator.floordiv, one, other))
            case ast.Mod():
                return bounded(mixed(operator.mod, one, other))
        raise ProgramRefused(f"{type(op).__name__} is not arithmetic")

    def compare(self, left: Value, ops: Sequence[ast.cmpop], others: list[Value]) -> bool:
        for op, right in zip(ops, others, strict=True):
            if type(op) not in _COMPARISONS:
                raise ProgramRefused(f"{type(op).__name__} is not arithmetic")
            if not _COMPARISONS[type(op)](as_number(left), as_number(right)):
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
