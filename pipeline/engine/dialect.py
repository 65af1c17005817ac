"""Finds out which server an endpoint is, and what it says of its model.

All of them speak OpenAI's completions and chat, each in its own way:

                    sampling fields          grammar               context       prompts scored
llama-server        all                      `grammar`             /props        no
llama-cpp-python    all                      `grammar`             not told      no
vLLM                all                      `structured_outputs`  listed        by `echo`
                                             (`guided_grammar` before 0.11)
Ollama              all, in its own API      none                  /api/show     no

Ollama's OpenAI endpoint takes no top_k, min_p and repeat_penalty, puts raw text into the model's
template and cuts long prompts without a word, so its own API is used (`ollama_wire`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.engine.http import HttpTransport
from pipeline.errors import ModelError, filled
from pipeline.types import Form

__all__ = ["Dialect", "recognise"]

ServerKind = Literal["openai", "llama-server", "llama-cpp-python", "vllm", "ollama"]
_OWNERS: dict[str, ServerKind] = {
    "llamacpp": "llama-server",
    "me": "llama-cpp-python",
    "vllm": "vllm",
}
_BARE = re.compile(r"\s*(?:\{\{-?\s*\.Prompt\s*-?\}\}\s*)?")  # what Ollama has for a base model


@dataclass(frozen=True, slots=True)
class Dialect:
    """A server and one of its models. `context` and `parameters` are 0 where it does not tell;
    `form` is what the model is made for, as far as that is known."""

    server: ServerKind
    model: str
    context: int = 0
    parameters: int = 0
    form: Form = "chat"
    version: tuple[int, ...] = ()

    def grammar(self, text: str) -> dict[str, Any]:
        """The fields that hold a reply to a grammar (GBNF)."""
        if self.server == "vllm":
            new = self.version >= (0, 11)
            return {"structured_outputs": {"grammar": text}} if new else {"guided_grammar": text}
        if self.server == "openai":  # unknown, so both
            return {"grammar": text, "guided_grammar": text}
        return {"grammar": text}


def recognise(transport: HttpTransport, name: str = "") -> Dialect:
    """Ask an endpoint what it is. `name` "" is the first model that it lists.

    Raises ModelError where it cannot be reached, or lists no model and none was named.
    """
    listed = transport.get("/models").get("data")
    rows = [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else []
    named = [row for row in rows if row.get("id") == name] if name else rows
    row = named[0] if named else {}
    if not name and not row:
        raise ModelError(
            filled("{base} lists no model.", base=transport.base),
            "Name one: put #NAME after the address.",
        )
    model = name or str(row.get("id"))
    owner = str((row or (rows[0] if rows else {})).get("owned_by"))
    server = _OWNERS.get(owner) or ("ollama" if _is_ollama(transport) else "openai")
    if server == "ollama":
        return _ollama(transport, model)
    meta = row.get("meta") if isinstance(row.get("meta"), dict) else {}
    assert isinstance(meta, dict)
    context = row.get("max_model_len") or meta.get("n_ctx") or meta.get("n_ctx_train")
    version: tuple[int, ...] = ()
    if server == "llama-server":
        props = _maybe(transport, "/props").get("default_generation_settings")
        context = (props.get("n_ctx") if isinstance(props, dict) else None) or context
    if server == "vllm":
        said = str(_maybe(transport, "/version").get("version"))
        version = tuple(int(part) for part in re.findall(r"\d+", said)[:2])
    return Dialect(server, model, _whole(context), _whole(meta.get("n_params")), version=version)


def _is_ollama(transport: HttpTransport) -> bool:
    return isinstance(_maybe(transport, "/api/version").get("version"), str)


def _ollama(transport: HttpTransport, model: str) -> Dialect:
    told = transport.post(f"{transport.root}/api/show", {"model": model})
    info = told.get("model_info")
    facts = info if isinstance(info, dict) else {}
    family = facts.get("general.architecture")
    template = told.get("template")
    bare = isinstance(template, str) and _BARE.fullmatch(template) is not None
    return Dialect(
        "ollama",
        model,
        _whole(facts.get(f"{family}.context_length")),
        _whole(facts.get("general.parameter_count")),
        "completion" if bare else "chat",
    )


def _maybe(transport: HttpTransport, path: str) -> dict[str, Any]:
    """What stands there, beside the endpoint; nothing where it is refused."""
    try:
        return transport.get(f"{transport.root}{path}")
    except ModelError:
        return {}


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0
