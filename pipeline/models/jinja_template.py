"""Chat templates compiled the way `transformers` compiles them, as untrusted code.

What templates of known models rely on: blocks trimmed and stripped, `break` and `continue`, the
`generation` tag (which marks what is trained on and prints its body), `tojson` that leaves Hangul
and HTML as they are, `raise_exception`, `strftime_now`. The environment is Jinja2's sandbox.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pipeline.errors import PromptError, filled

__all__ = ["Render", "compile_template", "one_line"]

Render = Callable[..., str]
"""Takes the template's variables as keywords. Raises PromptError, whatever went wrong inside."""

_MOST = 160  # characters of what a template says when it fails


def compile_template(source: str) -> Render:
    """A function that renders the template. Raises PromptError where it is not valid Jinja2."""
    from jinja2 import TemplateError

    try:
        template = _environment().from_string(source)
    except (TemplateError, RecursionError, ValueError, OverflowError) as error:
        raise PromptError(
            filled("The model's chat template cannot be read ({why}).", why=one_line(error)),
            "Get another GGUF of the model.",
        ) from None

    def render(**values: Any) -> str:
        try:
            return str(template.render(**values))
        except Exception as error:  # noqa: BLE001 - it is a program of somebody else's
            raise PromptError(
                filled(
                    "The model's chat template refuses these messages ({why}).", why=one_line(error)
                ),
                "Check the order of their roles, or give the prompt as text.",
            ) from None

    return render


def one_line(error: Exception) -> str:
    """What an exception says, as one short line."""
    said = " ".join(str(getattr(error, "message", None) or error).split())
    said = said or type(error).__name__
    line = getattr(error, "lineno", None)
    if line:
        said = f"line {line}: {said}"
    return said if len(said) <= _MOST else said[: _MOST - 3] + "..."


def _environment() -> Any:
    from jinja2 import TemplateError, nodes
    from jinja2.exceptions import SecurityError
    from jinja2.ext import Extension, loopcontrols
    from jinja2.parser import Parser
    from jinja2.sandbox import ImmutableSandboxedEnvironment
    from jinja2.utils import Namespace

    class Generation(Extension):
        """`{% generation %}...{% endgeneration %}` prints what stands in it."""

        tags = {"generation"}  # noqa: RUF012 - as jinja2 has it

        def parse(self, parser: Parser) -> nodes.Node:
            line = next(parser.stream).lineno
            body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
            return nodes.Scope(body, lineno=line)

    class PublicNamespace(Namespace):
        """A namespace that takes no name which Python itself could mean something by."""

        def __setitem__(self, name: str, value: Any) -> None:
            if name.startswith("_"):
                raise SecurityError(f"a namespace cannot hold `{name}`")
            super().__setitem__(name, value)

    def namespace(*args: Any, **values: Any) -> Namespace:
        made = PublicNamespace()
        for name, value in dict(*args, **values).items():
            made[name] = value
        return made

    def refuse(message: str) -> None:
        raise TemplateError(message)

    def to_json(
        value: Any,
        ensure_ascii: bool = False,
        indent: int | str | None = None,
        separators: tuple[str, str] | None = None,
        sort_keys: bool = False,
    ) -> str:
        return json.dumps(
            value,
            ensure_ascii=ensure_ascii,
            indent=indent,
            separators=separators,
            sort_keys=sort_keys,
        )

    def now(form: str) -> str:
        # The date is fixed: with a real clock the same question would be another prompt tomorrow.
        return datetime(2025, 1, 1, tzinfo=UTC).strftime(form)

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols]
    )
    environment.filters["tojson"] = to_json
    environment.globals.update(
        raise_exception=refuse, strftime_now=now, namespace=namespace, dict=_new_dict
    )
    return environment


def _new_dict(*args: Any, **values: Any) -> dict[Any, Any]:
    """`dict` without the attributes of the class."""
    return dict(*args, **values)
