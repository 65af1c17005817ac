"""JSON Schema -> GBNF, so that a reply can be nothing but JSON of that shape.

Kept by the grammar: types, `properties` in their order, `required`, `items`, `prefixItems`, counts
of items and characters (below 1,000), `enum`, `const`, `anyOf`, `oneOf`, `allOf` of objects, `$ref`
into the schema (recursive ones too), `additionalProperties`. Not kept, and to be checked in the
value that comes out: `pattern`, `format`, `not`, bounds of numbers, uniqueness, and of `oneOf` that
only one may match. Between tokens stands at most one space, so that a small model cannot fill its
reply with blanks.

Not llama-cpp-python's own `json_schema_to_gbnf` (0.3.36), which fails 15 of the 40 tests of this
module: it writes required properties before the others, stops at a `$ref` at the root (pydantic's
schema of a recursive model), forgets `properties` and lengths beside a list of types and requires
every property of an `allOf`. It takes 1.6 s for 400 optional properties (0.06 s for 100; here 0.003
s) and makes 21 MB of `maxItems` 1,000,000; llama.cpp already refuses what it makes of 5,000.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.errors import PromptError, filled

__all__ = ["json_grammar"]

JSONSchema = Mapping[str, Any]

_MOST = 1000  # rules, or repetitions: what is beyond would take long to parse
_DEEP = 64
_BASE = {
    "space": '" "?',
    "char": r'[^"\\\x7F\x00-\x1F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F]{4})',
    "string": r'"\"" char* "\""',
    "integer": '"-"? ("0" | [1-9] [0-9]{0,15})',
    "number": 'integer ("." [0-9]{1,15})? ([eE] [-+]? [0-9]{1,3})?',
    "boolean": '"true" | "false"',
    "null": '"null"',
    "value": "object | array | string | number | boolean | null",
    "object": '"{" space (string ":" space value ("," space string ":" space value)*)? space "}"',
    "array": '"[" space (value ("," space value)*)? space "]"',
}
_NEEDS = {
    "string": ("char",),
    "number": ("integer",),
    "value": ("object", "array", "string", "number", "boolean", "null"),
    "object": ("space", "string", "value"),
    "array": ("space", "value"),
}


def json_grammar(schema: JSONSchema | None = None) -> str:
    """The GBNF of a JSON Schema; of any JSON object where there is none.

    Raises PromptError for a schema that no value can match, that refers outside itself, or that is
    too large.
    """
    writer = _Writer(schema or {})
    writer.rules["root"] = (
        writer.use("object") if not schema else writer.expression(schema, "root", 0)
    )
    return "\n".join(f"{name} ::= {body}" for name, body in writer.rules.items()) + "\n"


class _Writer:
    """Collects rules; an expression is what stands for a schema inside a rule."""

    def __init__(self, whole: JSONSchema) -> None:
        self.rules: dict[str, str] = {"root": ""}
        self._whole = whole
        self._refs: dict[str, str] = {}

    def use(self, name: str) -> str:
        """A rule of the base, and those that it needs."""
        if name not in self.rules:
            self.rules[name] = _BASE[name]
            for other in _NEEDS.get(name, ()):
                self.use(other)
        return name

    def expression(self, schema: object, name: str, depth: int) -> str:
        if depth > _DEEP or len(self.rules) > _MOST:
            raise PromptError("The JSON schema is too large.", "Ask for a smaller object.")
        if schema is True or schema == {}:
            return self.use("value")
        if not isinstance(schema, Mapping):
            raise _bad(filled("{schema} is no schema", schema=repr(str(schema)[:60])))
        if "$ref" in schema:
            return self._reference(str(schema["$ref"]), depth)
        if "const" in schema:
            return _literal(schema["const"])
        if "enum" in schema:
            return self._either([_literal(value) for value in _list(schema, "enum")])
        for key in ("anyOf", "oneOf"):
            if key in schema:
                rest = {k: v for k, v in schema.items() if k != key and k in _SHAPE}
                parts = [
                    {**rest, **part} if isinstance(part, Mapping) else part
                    for part in _list(schema, key)
                ]
                found = [self.expression(p, f"{name}-{i}", depth + 1) for i, p in enumerate(parts)]
                return self._either(found)
        if "allOf" in schema:
            return self.expression(self._merged(schema), name, depth + 1)
        kind = schema.get("type") or self._implied(schema)
        if isinstance(kind, list):
            return self._either(
                [self.expression({**schema, "type": k}, f"{name}-{k}", depth + 1) for k in kind]
            )
        if kind == "object":
            return self._object(schema, name, depth)
        if kind == "array":
            return self._array(schema, name, depth)
        if kind == "string":
            return self._string(schema)
        if kind in ("integer", "number", "boolean", "null", "value"):
            return self.use(kind)
        raise _bad(filled("there is no type {kind}", kind=repr(kind)))

    def _implied(self, schema: JSONSchema) -> str:
        if "properties" in schema or "required" in schema:
            return "object"
        return "array" if "items" in schema or "prefixItems" in schema else "value"

    def _reference(self, ref: str, depth: int) -> str:
        if ref not in self._refs:
            target = self._resolved(ref)
            name = f"ref{len(self._refs)}-" + re.sub(r"[^a-zA-Z0-9]+", "-", ref).strip("-")
            self._refs[ref] = name
            self.rules[name] = ""  # its place, before the rules it needs
            self.rules[name] = self.expression(target, name, depth + 1)
        return self._refs[ref]

    def _merged(self, schema: JSONSchema) -> JSONSchema:
        """`allOf` as one schema: properties together, what is required together."""
        merged: dict[str, Any] = {k: v for k, v in schema.items() if k != "allOf"}
        for part in _list(schema, "allOf"):
            for _ in range(_DEEP):
                if not (isinstance(part, Mapping) and "$ref" in part):
                    break
                part = self._resolved(str(part["$ref"]))
            if not isinstance(part, Mapping):
                raise _bad(filled("a part of `allOf` is no schema"))
            for key, value in part.items():
                if key == "properties":
                    merged[key] = {**merged.get(key, {}), **value}
                elif key == "required":
                    merged[key] = [*merged.get(key, ()), *value]
                else:
                    merged.setdefault(key, value)
        return merged

    def _resolved(self, ref: str) -> object:
        target: object = self._whole
        for part in ref.split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")
            target = target.get(key) if isinstance(target, Mapping) else None
        if not ref.startswith("#") or target is None:
            raise _bad(filled("it refers to {name}, which is not in it", name=repr(ref)))
        return target

    def _either(self, found: Sequence[str]) -> str:
        if not found:
            raise _bad(filled("it leaves no choice at all"))
        return found[0] if len(found) == 1 else "(" + " | ".join(dict.fromkeys(found)) + ")"

    def _string(self, schema: JSONSchema) -> str:
        least, most = _counts(schema, "Length")
        if not least and most is None:
            return self.use("string")
        self.use("char")
        return rf'"\"" char{_times(least, most)} "\""'

    def _array(self, schema: JSONSchema, name: str, depth: int) -> str:
        self.use("space")
        first = [
            self.expression(part, f"{name}-at{i}", depth + 1)
            for i, part in enumerate(schema.get("prefixItems") or ())
        ]
        least, most = _counts(schema, "Items")
        first = first[:most]
        rest = schema.get("items", True)
        if first:
            body = ' "," space '.join(first)
            if rest is not False and (most is None or most > len(first)):
                item = self._named(rest, f"{name}-item", depth)
                more = None if most is None else most - len(first)
                body += f' ("," space {item}){_times(max(least - len(first), 0), more)}'
            return f'"[" space {body} space "]"'
        if rest is False or most == 0:
            return '"[" space "]"'
        item = self._named(rest, f"{name}-item", depth)
        further = _times(max(least - 1, 0), None if most is None else most - 1)
        body = f'{item} ("," space {item}){further}'
        return f'"[" space {body if least else f"({body})?"} space "]"'

    def _object(self, schema: JSONSchema, name: str, depth: int) -> str:
        self.use("space")
        known = schema.get("properties") or {}
        if not isinstance(known, Mapping):
            raise _bad(filled("`properties` must be an object"))
        required = set(schema.get("required") or ())
        extra = schema.get("additionalProperties", not known)
        pairs = [
            (f"{_literal(key)} \":\" space {self._named(part, f'{name}-{_plain(key)}{i}', depth)}",
             key in required)
            for i, (key, part) in enumerate(known.items())
        ]  # fmt: skip
        for key in sorted(required - set(known)):
            pairs.append((f'{_literal(key)} ":" space {self.use("value")}', True))
        if extra is not False and not pairs:
            value = self._named(extra, f"{name}-value", depth)
            pair = f'{self.use("string")} ":" space {value}'
            return f'"{{" space ({pair} ("," space {pair})*)? space "}}"'
        return f'"{{" space {self._pairs(pairs, name)} space "}}"'

    def _pairs(self, pairs: Sequence[tuple[str, bool]], name: str) -> str:
        """The pairs in order, those not required optional; a comma only between two. For each
        place there are two rules: with something written before it, and with nothing."""
        after = begun = '""'
        for i in range(len(pairs) - 1, -1, -1):
            pair, needed = pairs[i]
            some, none = f'"," space {pair} {begun}', f"{pair} {begun}"
            if not needed:
                some, none = f"({some} | {begun})", f"({none} | {after})"
            begun, after = self._rule(f"{name}-more{i}", some), self._rule(f"{name}-from{i}", none)
        return after

    def _named(self, schema: object, name: str, depth: int) -> str:
        """An expression short enough to be repeated: a rule of its own where it is long."""
        found = self.expression(schema, name, depth + 1)
        return found if re.fullmatch(r"[\w-]+", found) else self._rule(name, found)

    def _rule(self, name: str, body: str) -> str:
        unique, n = name, 0
        while unique in self.rules:
            n += 1
            unique = f"{name}-{n}"
        self.rules[unique] = body
        return unique


_SHAPE = ("type", "properties", "required", "items", "additionalProperties")


def _counts(schema: JSONSchema, what: str) -> tuple[int, int | None]:
    """At least, and at most, of the `what`."""
    least, most = schema.get(f"min{what}", 0), schema.get(f"max{what}")
    if not (isinstance(least, int) and isinstance(most, int | None)):
        raise _bad(filled("a count in it is no whole number"))
    if most is not None and most < max(least, 0):
        raise _bad(filled("it asks for at least more than at most"))
    return max(least, 0), most


def _times(least: int, most: int | None) -> str:
    if most is not None and most > _MOST:  # llama.cpp refuses more
        most = None
    return f"{{{min(least, _MOST)},{'' if most is None else most}}}"


def _literal(value: object) -> str:
    """A JSON value as a GBNF string."""
    text = json.dumps(value, ensure_ascii=False)
    escaped = "".join(
        {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(c, c) for c in text
    )
    return f'"{escaped}"'


def _plain(key: str) -> str:
    return re.sub(r"[^a-zA-Z0-9]+", "-", key).strip("-")


def _list(schema: JSONSchema, key: str) -> list[Any]:
    found = schema[key]
    if not isinstance(found, list) or not found:
        raise _bad(filled("`{key}` must be a list that is not empty", key=key))
    return found


def _bad(why: str) -> PromptError:
    return PromptError(
        filled("The JSON schema cannot be used: {why}.", why=why), "Mend the schema."
    )
