"""Small faults put into a module, one at a time."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Mutant", "mutants"]

_Function = ast.FunctionDef | ast.AsyncFunctionDef

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div, ast.Mod: ast.Mult, ast.Pow: ast.Mult,
}  # fmt: skip
_UNREAD = ("annotation", "returns", "decorator_list", "type_params")
"""Parts of nodes that do nothing when a test runs, or only say how a class is made."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: where, the function or method around it (its first line and name), and the source
    before and after."""

    path: Path
    line: int
    function: int
    name: str
    before: str
    after: str
    number: int

    @property
    def place(self) -> str:
        """Names the function."""
        return f"{self.path.as_posix()}:{self.function}"

    @property
    def change(self) -> str:
        return f"{_first(self.before)}  ->  {_first(self.after)}"

    def tree(self) -> ast.Module:
        """The whole module with the fault in it."""
        module = ast.parse(self.path.read_text(encoding="utf-8"))
        *_, node, changed = list(_sites(module))[self.number]
        return _with(module, node, changed)


def mutants(path: Path) -> list[Mutant]:
    """Every fault of the functions of a module, in the order of its text."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    return [
        Mutant(path, int(getattr(node, "lineno", 0)), _begins(function), function.name,
               ast.unparse(node), ast.unparse(changed), number)
        for number, (function, node, changed) in enumerate(_sites(module))
    ]  # fmt: skip


def _begins(function: _Function) -> int:
    """The line that its code says it begins at."""
    return min([function.lineno, *(one.lineno for one in function.decorator_list)])


def _first(source: str) -> str:
    line, more, _ = source.partition("\n")
    return f"{line} ..." if more else line


def _sites(module: ast.Module) -> Iterator[tuple[_Function, ast.AST, ast.AST]]:
    for function in _functions(module):
        for statement in function.body:
            for node in _nodes(statement):
                for changed in _changed(node):
                    yield function, node, changed


def _functions(node: ast.AST) -> Iterator[_Function]:
    """Functions and methods, those inside of others left out."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
        else:
            yield from _functions(child)


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that may be changed."""
    if _is_idle(node):
        return
    yield node
    for name, value in ast.iter_fields(node):
        if name not in _UNREAD:
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _nodes(child)


def _is_idle(node: ast.AST) -> bool:
    """Documentation and imports."""
    return isinstance(node, ast.Import | ast.ImportFrom) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )


def _changed(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in the place of a node."""
    new = copy.deepcopy(node)
    match new:
        case ast.Compare(ops=ops):
            for at, op in enumerate(ops):
                if type(op) in _COMPARED:
                    one = copy.deepcopy(new)
                    one.ops[at] = _COMPARED[type(op)]()
                    yield one
        case ast.BinOp(op=op) if type(op) in _COMPUTED:
            new.op = _COMPUTED[type(op)]()
            yield new
        case ast.BoolOp(op=op):
            new.op = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield new
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.Constant(value=bool(value)):
            yield ast.Constant(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield ast.Constant(value + 1)
        case ast.Return(value=ast.expr() as value):
            if not (isinstance(value, ast.Constant) and not value.value):
                yield ast.Return(ast.Constant(None))
        case ast.If(test=ast.Name() | ast.Attribute() | ast.Call() as test):
            new.test = ast.UnaryOp(ast.Not(), test)
            yield new
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break():
            yield ast.Pass()


def _with(module: ast.Module, node: ast.AST, changed: ast.AST) -> ast.Module:
    """The module with another node in the place of one."""

    class Put(ast.NodeTransformer):
        def visit(self, at: ast.AST) -> ast.AST:
            if at is node:
                return ast.copy_location(changed, node)
            return self.generic_visit(at)

    whole = Put().visit(module)
    assert isinstance(whole, ast.Module)
    return ast.fix_missing_locations(whole)
