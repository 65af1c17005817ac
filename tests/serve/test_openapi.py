"""The description of the server says what the server takes."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.serve.bodies import BODIES, Body, parse_body
from pipeline.serve.errors import Refused
from tests.serve.running import Running

fastjsonschema = pytest.importorskip("fastjsonschema", reason="a checker of JSON Schema")
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)


def test_every_body_is_described_where_it_is_sent(here: Running) -> None:
    told: dict[str, Any] = httpx.get(f"{here.url}/openapi.json").raise_for_status().json()
    assert told["openapi"].startswith("3.1")
    assert set(BODIES) <= set(told["paths"])
    for path in ("/v1/models", "/health", "/metrics"):
        assert "get" in told["paths"][path]
        assert httpx.get(f"{here.url}{path}").status_code == 200
    chat = told["paths"]["/v1/chat/completions"]["post"]["requestBody"]["content"]
    assert chat["application/json"]["schema"]["required"] == ["model", "messages"]


@pytest.mark.parametrize("path", BODIES)
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=150)
@given(data=st.data())
def test_any_object_is_read_or_refused_by_the_name_of_a_field(
    path: str, data: st.DataObject
) -> None:
    kind: type[Body] = BODIES[path]
    value = data.draw(
        st.fixed_dictionaries({}, optional=dict.fromkeys([*kind.model_fields, "other"], JSON))
    )
    refused = None
    try:
        parse_body(json.dumps(value).encode(), kind)
    except Refused as error:
        refused = error
    if refused is not None:
        names = {*kind.model_fields, *kind.refused, "tools", "functions", "response_format"}
        assert refused.status == 400
        assert str(refused.param).split("[")[0] in names


@pytest.mark.parametrize("path", BODIES)
def test_the_schema_is_one(path: str) -> None:
    fastjsonschema.compile(BODIES[path].model_json_schema())
