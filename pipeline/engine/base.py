"""The contract every engine keeps: requests in, samples out as they finish.

What holds for all of them, and is tested once for all:

* A sample's randomness comes from `draw_seed(params.seed, item, draw)` alone, so k samples are k
  different seeds, and asking for the same sample again asks for the same thing.
* `Sample.key == request_key(engine.info, request)`, known before anything is drawn.
* The pieces given to `on_token` for one request, joined, are that sample's `text`; none holds part
  of a character or of a stop string. An `on_token` that returns False cancels its draw.
* `Cost.prompt_tokens` is on the sample that pays for the prompt (draw 0, else the first asked), and
  0 on the others. It is the whole prompt, whatever happened to be in memory, so that a price does
  not depend on what ran before.
* Closing the iterator early cancels what is in flight.
* A request with a `parent` goes on from the sample of that `key`. Either its prompt holds all there
  is: the messages so far with the parent's text as the last message of the assistant, left open to
  be written on (more or fewer words in it do no harm), or with more turns after it. Then the parent
  need not be known: an engine that still holds it reads only what is new, any other reads it all.
  Or its prompt is the parent's own and has no message of the assistant; then the reply itself is
  continued, and a parent this engine does not know is a PromptError. In both `Sample.text` is the
  new part alone.
* Such a request pays for what follows the last message of the assistant in its prompt (nothing
  where that is open, or where the prompt is the parent's own), whatever was in memory.
* `score` is the only way to a text's likelihood. `Likelihood.key == request_key(engine.info,
  request)`. An engine that cannot tell raises ModelError. Texts after one prompt are best asked for
  in one call: what they have in common is then read once. So of the requests of a call that have a
  prompt in common the first pays for it, whatever was in memory, and each for the tokens of its
  text; where texts are read as a tree (the local engine) only for those that none before it has.
* A sample whose group confidence falls below `params.stop_below` is stopped, finish "cancelled";
what it wrote is paid for. `Confidence.lowest_group` is over the same window.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from pipeline.types import Draw, Form, Likelihood, Prompt, Role, Sample, Score

__all__ = ["Engine", "ModelInfo", "OnToken", "draw_seed", "request_key"]

OnToken = Callable[[Draw, str], bool | None]
"""Called with each new piece of a reply; returning False cancels that sample."""

_RANDOM_SEED = 0xFFFFFFFF  # llama.cpp reads this one as "seed yourself from the clock"


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model answers, and what it costs. `sha256` is of the file (empty for an endpoint),
    `context` counts tokens of prompt and answer, `engine` and `version` say what runs it."""

    name: str
    engine: str
    version: str = ""
    sha256: str = ""
    template_sha256: str = ""
    parameters: int = 0
    context: int = 0
    languages: tuple[str, ...] = ("en",)
    thinks: bool = False
    """It writes its reasoning inside think tags."""
    matmul_weights: int = 0
    """Weights that each token is multiplied with; 0 where unknown."""
    head_weights: int = 0
    """Those among them of the output head, which runs only where a next token is predicted."""
    attention_flops: int = 0
    """FLOPs one token spends on each token of context: 4 x layers x heads x head_dim."""
    path: str = ""
    form: Form = "chat"
    """The form of prompt it is asked in."""
    weights: str = ""
    """The format of a copy whose weights were written out wider; empty for the file as it is."""
    by_role: tuple[tuple[Role, ModelInfo], ...] = ()
    """Where two models answer under one name, which is which."""

    def serving(self, prompt: Prompt) -> ModelInfo:
        """The model that this prompt is put to."""
        return dict(self.by_role).get(prompt.role, self)

    @property
    def forms(self) -> dict[Role, Form]:
        """The form of prompt by role; of one model, that of `read` alone."""
        return {role: info.form for role, info in self.by_role} or {"read": self.form}

    def flops(self, tokens: int, context: int = 0, heads: int | None = None) -> float:
        """Forward FLOPs of `tokens` tokens read or written after `context` tokens.

        heads: how many of them predict a next one (of a prompt that is read, the last alone); all
        of them where it is not said.
        """
        attended = tokens * context + tokens * (tokens + 1) / 2
        headless = 0 if heads is None else max(0, tokens - heads)
        weights = self.matmul_weights * tokens - self.head_weights * headless
        return 2.0 * weights + self.attention_flops * attended


@runtime_checkable
class Engine(Protocol):
    """What every engine does: samples of prompts, and likelihoods of texts.

    >>> from pipeline.engine import ScriptedEngine
    >>> with ScriptedEngine({"capital of Peru": "Lima"}) as engine:
    ...     [one.text for one in engine.sample([Draw(Prompt(text="The capital of Peru is"))])]
    ['Lima']
    """

    @property
    def info(self) -> ModelInfo:
        """The model behind this engine."""
        ...

    def sample(self, requests: Iterable[Draw], on_token: OnToken | None = None) -> Iterator[Sample]:
        """Make the samples asked for; yields each as it finishes, in no promised order.

        Raises PromptError for a prompt that does not fit, ModelError when the model cannot go on.
        """
        ...

    def cancel(self, request: Draw) -> None:
        """Stop a sample that is waiting or being made; its sample comes with finish "cancelled"."""
        ...

    def score(self, requests: Iterable[Score]) -> Iterator[Likelihood]:
        """The log-likelihoods asked for, in the order of the requests.

        Raises PromptError for a prompt that does not fit, ModelError where the model cannot tell.
        """
        ...

    def count(self, prompt: Prompt) -> int:
        """Tokens the prompt takes, the chat template's included."""
        ...

    def close(self) -> None:
        """Give the model's memory back. Safe to call twice."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def draw_seed(seed: int, item: str, draw: int) -> int:
    """The seed of one sample, below 2**32 - 1: a hash of the run's seed, the item and the
    sample."""
    digest = hashlib.sha256(f"{seed}\x1f{item}\x1f{draw}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _RANDOM_SEED


def request_key(info: ModelInfo, request: Draw | Score) -> str:
    """Names a request: SHA-256 over the model, its template, the prompt, the parent, the engine's
    version, and of a sample every sampling field, the item and the sample number, of a score its
    text. Equal keys, equal results. Of two models it is over the one that is asked."""
    info = info.serving(request.prompt)
    fields: dict[str, object] = {
        "model": info.sha256 or info.name,
        "template": info.template_sha256,
        "engine": info.engine,
        "version": info.version,
        "messages": [[m.role, m.content] for m in request.prompt.messages],
        "text": request.prompt.text,
        "parent": request.parent,
    }
    if isinstance(request, Score):
        fields |= {"score": request.text}
    else:
        fields |= {
            "params": asdict(request.params), "draw": request.draw, "item": request.item
        }  # fmt: skip
    line = json.dumps(fields, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(line.encode()).hexdigest()
