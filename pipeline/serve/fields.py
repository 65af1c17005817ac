"""The fields of a JSON request, read with types and limits; what is wrong is said by its name."""

from __future__ import annotations

import json
import math
from typing import Any

from pipeline.errors import filled
from pipeline.serve.errors import Refused

__all__ = ["Fields", "check_text", "parse_object"]


def parse_object(body: bytes) -> Fields:
    """The JSON object of a body. Raises Refused where it is none."""
    try:
        value = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        what = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise Refused(f"The body is not valid JSON: {what[:200]}.", code="invalid_json") from None
    if not isinstance(value, dict):
        raise Refused("The body must be a JSON object.", code="invalid_json")
    return Fields(value)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def check_text(text: str, param: str) -> str:
    """Text that a model can be given. Raises Refused for NUL and for half characters."""
    if "\0" in text or any(0xD800 <= ord(char) <= 0xDFFF for char in text):
        raise Refused(f"`{param}` is not valid Unicode text.", param=param)
    return text


class Fields:
    """Fields by name; None is absent. Every reader raises Refused with the name."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def raw(self, name: str) -> Any:
        return self._values.get(name)

    def text(self, name: str, default: str | None = None) -> str:
        value = self.raw(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            raise _wrong(name, value, "a text")
        return check_text(value, name)

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.raw(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise _wrong(name, value, "true or false")
        return value

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        value = self.raw(name)
        if value is None:
            return default
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise _wrong(name, value, f"a whole number from {low} to {high}")
        return value

    def number(self, name: str, default: float, low: float, high: float) -> float:
        value = self.raw(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _wrong(name, value, f"a number from {low:g} to {high:g}")
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not low <= number <= high:
            raise _wrong(name, value, f"a number from {low:g} to {high:g}")
        return number

    def texts(self, name: str, most: int) -> tuple[str, ...]:
        """A text, or a list of them."""
        value = self.raw(name)
        if value is None:
            return ()
        if isinstance(value, str):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise _wrong(name, value, "a text, or a list of texts")
        if len(value) > most:
            raise Refused(f"`{name}` has {len(value)} texts; the limit is {most}.", param=name)
        return tuple(check_text(one, name) for one in value)

    def refuse(self, *names: str, why: str) -> None:
        """Refuse fields that would change the answer and cannot be obeyed. 0, {}, [] and false ask
        for nothing."""
        for name in names:
            if self.raw(name):
                raise Refused(f"`{name}`: {why}", param=name, code="unsupported_parameter")


def _wrong(name: str, value: Any, wanted: str) -> Refused:
    if value is None:
        return Refused(
            filled("`{name}` is missing: it must be {wanted}.", name=name, wanted=wanted),
            param=name,
        )
    try:
        shown = json.dumps(value, ensure_ascii=True)[:60]
    except ValueError:  # a whole number too long to be written
        shown = "what was sent"
    return Refused(
        filled("`{name}` is {value}: it must be {wanted}.", name=name, value=shown, wanted=wanted),
        param=name,
    )
