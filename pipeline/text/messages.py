"""Messages in the reader's language: English in the code, Korean beside it in `korean.yaml`.

The catalogue maps each English sentence to its Korean one. `say` puts values into a sentence that
the caller has as a template. An error carries its template and its values (`errors.filled`), which
`translate` looks up, so that the library goes on speaking one language. What the catalogue lacks
stays English.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pipeline.errors import Filled

__all__ = ["accepted", "agreeing", "korean_of", "say", "translate"]

_FIELD = re.compile(r"\{(\w+)\}")
# A field, what closes it, and a particle that must agree with it.
_AGREES = re.compile(
    r"\{(\w+)\}([`'\")\]]*)(이라면|라면|으로|은|는|이|가|을|를|과|와|로)?(?![가-힣])|\{(\w+)\}"
)


def say(template: str, language: str, /, **values: object) -> str:
    """A sentence in a language, with its values put in."""
    if language == "ko" and (korean := _catalogue().get(template)):
        return agreeing(korean, {name: str(value) for name, value in values.items()})
    return _FIELD.sub(lambda field: str(values[field[1]]), template)


def translate(sentence: str, language: str, catalogue: Mapping[str, str] | None = None) -> str:
    """An English sentence in a language, where the catalogue has it: one that was `filled` by its
    template and with the sentences in its fields translated, any other as it stands. A report has
    its own `catalogue`."""
    if language != "ko":
        return sentence
    known = _catalogue() if catalogue is None else catalogue
    if isinstance(sentence, Filled) and sentence.fields:
        values = {
            name: translate(value, language, known) if isinstance(value, Filled) else value
            for name, value in sentence.fields.items()
        }
        return agreeing(known.get(sentence.template, sentence.template), values)
    return known.get(sentence, sentence)


def korean_of(sentence: str) -> str:
    """A sentence or template as the catalogue has it, its fields left open; itself otherwise."""
    return _catalogue().get(sentence, sentence)


def accepted(header: str) -> str:
    """The language that an HTTP `Accept-Language` header asks for first; `en` for any other."""
    first = header.split(",")[0].split(";")[0].strip().lower()
    return "ko" if first.split("-")[0] == "ko" else "en"


def agreeing(korean: str, values: dict[str, str]) -> str:
    """The values put in; a particle right after one takes the form that fits it."""
    from pipeline.text.particles import with_particle

    def put(found: re.Match[str]) -> str:
        value = values[found[1] or found[4]] + (found[2] or "")
        return with_particle(value, found[3]) if found[3] else value

    return _AGREES.sub(put, korean)


@cache
def _catalogue() -> dict[str, str]:
    import yaml

    text = Path(__file__).with_name("korean.yaml").read_text(encoding="utf-8")
    found: dict[str, str] = yaml.safe_load(text)
    return found
