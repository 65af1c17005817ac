"""JSON Schema -> GBNF, held against llama.cpp's own reading of it and a checker of JSON Schema."""

from __future__ import annotations

import ctypes
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import fastjsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import load_config
from pipeline.engine.local.json_grammar import json_grammar
from pipeline.errors import PromptError
from pipeline.models.local_files import model_path

_HIDDEN = float("-inf")


class Reader:
    """llama.cpp's grammars over the bytes that are tokens of the embedded model's vocabulary."""

    def __init__(self) -> None:
        import llama_cpp

        self.lib = llama_cpp
        llama_cpp.llama_backend_init()
        wanted = llama_cpp.llama_model_default_params()
        wanted.vocab_only = True
        path = str(model_path(load_config())).encode()
        self.model = llama_cpp.llama_model_load_from_file(path, wanted)
        self.vocab = llama_cpp.llama_model_get_vocab(self.model)
        self.end = llama_cpp.llama_vocab_eos(self.vocab)
        self.tokens: dict[str, int] = {}
        for code in range(32, 127):
            found = (llama_cpp.llama_token * 4)()
            letter = chr(code)
            if (
                llama_cpp.llama_tokenize(self.vocab, letter.encode(), 1, found, 4, False, False)
                == 1
            ):
                self.tokens[letter] = found[0]

    def close(self) -> None:
        self.lib.llama_model_free(self.model)

    def parse(self, grammar: str) -> Any:
        sampler = self.lib.llama_sampler_init_grammar(self.vocab, grammar.encode(), b"root")
        assert sampler, grammar
        return sampler

    def allowed(self, sampler: Any, tokens: list[int]) -> list[int]:
        """Those of the tokens that may stand next."""
        rows: Any = (self.lib.llama_token_data * len(tokens))()
        for row, token in zip(rows, tokens, strict=True):
            row.id, row.logit, row.p = token, 0.0, 0.0
        array: Any = self.lib.llama_token_data_array()
        array.data = ctypes.cast(rows, ctypes.POINTER(self.lib.llama_token_data))
        array.size, array.selected, array.sorted = len(tokens), -1, False
        self.lib.llama_sampler_apply(sampler, ctypes.byref(array))
        return [array.data[i].id for i in range(array.size) if array.data[i].logit != _HIDDEN]

    def accepts(self, grammar: str, text: str) -> bool:
        """Whether the whole text can be written."""
        sampler = self.parse(grammar)
        try:
            for token in [*(self.tokens[letter] for letter in text), self.end]:
                if not self.allowed(sampler, [token]):
                    return False
                if token != self.end:
                    self.lib.llama_sampler_accept(sampler, token)
            return True
        finally:
            self.lib.llama_sampler_free(sampler)

    def write(self, grammar: str, choose: random.Random, longest: int = 600) -> str | None:
        """A text the grammar lets through, letter by letter at random; None where it grows long."""
        sampler, letters, text = self.parse(grammar), list(self.tokens), ""
        try:
            while len(text) < longest:
                usable = set(self.allowed(sampler, [*self.tokens.values(), self.end]))
                assert usable, f"nothing may follow {text!r}"
                if self.end in usable and (len(usable) == 1 or choose.random() < 0.7):
                    return text
                open_ = [letter for letter in letters if self.tokens[letter] in usable]
                closing = [letter for letter in open_ if letter in '"]}']
                pick = choose.choice(closing if closing and choose.random() < 0.4 else open_)
                self.lib.llama_sampler_accept(sampler, self.tokens[pick])
                text += pick
            return None
        finally:
            self.lib.llama_sampler_free(sampler)


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    opened = Reader()
    yield opened
    opened.close()


# -- schemas, and values of them ----------------------------------------------------------------

KEYS = st.text("ab_ -Z9", min_size=1, max_size=4)
LEAVES = st.one_of(
    st.sampled_from(["string", "integer", "number", "boolean", "null"]).map(lambda t: {"type": t}),
    st.builds(
        lambda least, more: {"type": "string", "minLength": least, "maxLength": least + more},
        st.integers(0, 3), st.integers(0, 4),
    ),
    st.lists(st.sampled_from(['a"b', "x\\y", "", 3, -1.5, True, None, ["k"]]), min_size=1,
             max_size=3).map(lambda values: {"enum": values}),
    st.sampled_from([{"const": "only"}, {"const": [1]}, {"type": ["string", "null"]}]),
)  # fmt: skip


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def made(properties: dict[str, Any], needed: list[bool]) -> dict[str, Any]:
        required = [k for k, wanted in zip(properties, needed, strict=False) if wanted]
        return {"type": "object", "properties": properties, "required": required,
                "additionalProperties": False}  # fmt: skip

    properties = st.dictionaries(KEYS, inner, max_size=3)
    return st.builds(made, properties, st.lists(st.booleans(), min_size=3, max_size=3))


def arrays(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def made(items: Any, least: int, more: int | None) -> dict[str, Any]:
        most = {} if more is None else {"maxItems": least + more}
        return {"type": "array", "items": items, "minItems": least, **most}

    return st.builds(made, inner, st.integers(0, 2), st.none() | st.integers(0, 2))


SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        objects(inner),
        arrays(inner),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"anyOf": parts}),
        inner.map(lambda target: {"allOf": [{"type": "object", "properties": {"k": target}}]}),
    ),
    max_leaves=6,
)

_PLAIN = 'abc XYZ0_-{}[],:"\\'
_BY_TYPE: dict[str, Callable[[random.Random], Any]] = {
    "string": lambda r: "".join(r.choices(_PLAIN, k=r.randrange(6))),
    "integer": lambda r: r.randrange(-999, 999),
    "number": lambda r: r.choice([0, -1.5, 3.25, 1e-7, 12]),
    "boolean": lambda r: r.random() < 0.5,
    "null": lambda r: None,
}


def value_of(schema: dict[str, Any], r: random.Random) -> Any:
    """A value that the schema allows; an object's keys stand in the schema's order."""
    if "enum" in schema:
        return r.choice(schema["enum"])
    if "const" in schema:
        return schema["const"]
    if "anyOf" in schema:
        return value_of(r.choice(schema["anyOf"]), r)
    if "allOf" in schema:
        (schema,) = schema["allOf"]
    kind = r.choice(schema["type"]) if isinstance(schema["type"], list) else schema["type"]
    if kind == "object":
        needed = schema.get("required", ())
        return {
            key: value_of(part, r)
            for key, part in schema["properties"].items()
            if key in needed or r.random() < 0.5
        }
    if kind == "array":
        least = schema["minItems"]
        count = r.randint(least, schema.get("maxItems", least + 2))
        return [value_of(schema["items"], r) for _ in range(count)]
    if kind == "string" and "maxLength" in schema:
        return "".join(r.choices(_PLAIN, k=r.randint(schema["minLength"], schema["maxLength"])))
    return _BY_TYPE[kind](r)


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


@pytest.mark.model
@given(SCHEMAS, st.integers(0, 2**32))
def test_every_value_of_a_schema_can_be_written(
    reader: Reader, schema: dict[str, Any], seed: int
) -> None:
    value = value_of(schema, random.Random(seed))
    fastjsonschema.validate(schema, value)  # the test's own values are right
    assert reader.accepts(json_grammar(schema), compact(value))


@pytest.mark.model
@given(SCHEMAS, st.integers(0, 2**32))
def test_whatever_is_written_is_json_of_the_schema(
    reader: Reader, schema: dict[str, Any], seed: int
) -> None:
    text = reader.write(json_grammar(schema), random.Random(seed))
    if text is not None:
        fastjsonschema.validate(schema, json.loads(text))


@pytest.mark.model
@pytest.mark.parametrize("seed", range(20))
def test_without_a_schema_any_object_and_nothing_but_one(reader: Reader, seed: int) -> None:
    text = reader.write(json_grammar(), random.Random(seed), longest=5000)
    assert text is None or isinstance(json.loads(text), dict)


TREE = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
            },
            "required": ["name"],
        }
    },
}
PAIR = {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "boolean"}], "items": False}
COUNTS = {"type": "object", "additionalProperties": {"type": "integer"}}


@pytest.mark.model
@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        (TREE, ['{"name":"a","children":[{"name":"b"}]}', '{"name": "a"}'],
         ['{"children":[]}', '{"name":"a","other":1}']),
        (PAIR, ["[1,true]", "[1, true]"], ["[true,1]", "[1]", "[1,true,2]"]),
        (COUNTS, ["{}", '{"a":1,"b":2}'], ['{"a":"x"}', "[]"]),
        ({"required": ["a"]}, ['{"a":[null]}'], ["{}"]),
        ({"type": "string", "minLength": 2, "maxLength": 3}, ['"ab"', '"a\\n"'],
         ['"a"', '"abcd"', '"a']),
        ({"oneOf": [{"type": "integer"}, {"const": "none"}]}, ["7", '"none"'], ['"other"', "007"]),
        ({"type": "number"}, ["1e5", "-0.25"], ["1.", ".5", "+1"]),
        (True, ['{"a":[1,{"b":null}]}', '"x"', "3"], ["{a:1}", "[1,]", ""]),
    ],
)  # fmt: skip
def test_what_a_schema_lets_through(
    reader: Reader, schema: Any, good: list[str], bad: list[str]
) -> None:
    grammar = json_grammar(schema if isinstance(schema, dict) else {"anyOf": [schema]})
    assert [text for text in good if not reader.accepts(grammar, text)] == []
    assert [text for text in bad if reader.accepts(grammar, text)] == []


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "thing"}, "no type 'thing'"),
        ({"$ref": "#/nowhere"}, "#/nowhere"),
        ({"$ref": "http://elsewhere/x.json"}, "elsewhere"),
        ({"type": "string", "minLength": 5, "maxLength": 2}, "at least more"),
        ({"type": "array", "minItems": "2"}, "whole number"),
        ({"anyOf": []}, "anyOf"),
        ({"enum": "abc"}, "enum"),
        ({"properties": [1]}, "properties"),
        ({"items": 3}, "no schema"),
    ],
)
def test_a_schema_that_cannot_be_kept_is_said(schema: dict[str, Any], words: str) -> None:
    with pytest.raises(PromptError, match=words):
        json_grammar(schema)


def test_a_schema_too_deep_or_too_wide_is_said() -> None:
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(100):
        deep = {"type": "array", "items": deep}
    wide = {"properties": {f"k{i}": {"type": ["string", "null"]} for i in range(2000)}}
    for schema in (deep, wide):
        with pytest.raises(PromptError, match="too large"):
            json_grammar(schema)
