"""The local engine: a GGUF model sampled with llama.cpp, many samples in one batch."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.closing import Closing
from pipeline.engine.base import ModelInfo, OnToken, draw_seed, request_key
from pipeline.engine.billing import PromptBilling, shared
from pipeline.engine.local.active_draw import ActiveDraw, DrawBatch
from pipeline.engine.local.kv_cache import KVCacheManager
from pipeline.engine.local.native import EngineSettings, NativeModel, versions
from pipeline.engine.local.prompt_tokens import PromptTokens, TokenizedPrompt
from pipeline.engine.local.reply import THINK_TAGS
from pipeline.engine.local.sampler import SamplerChain
from pipeline.engine.local.scheduler import BatchScheduler
from pipeline.engine.local.scoring import TextScorer, price
from pipeline.engine.tuning.settings import Profile, Trial, fingerprint, measure, recall, remember
from pipeline.errors import PromptError, filled
from pipeline.models.completion_form import TURN_END
from pipeline.models.gguf import Gguf, file_sha256, read_gguf
from pipeline.models.kv_budget import KvBudget
from pipeline.models.suitable import require_context, require_generator
from pipeline.models.template import template_of
from pipeline.types import Draw, FormWanted, Likelihood, Prompt, Sample, Score

__all__ = ["DEFAULTS", "LocalEngine"]

DEFAULTS: Mapping[str, EngineSettings] = {
    "shared": EngineSettings(unified=True, flash=False, streams=16),
    "separate": EngineSettings(unified=False, flash=False, streams=16),
}
"""What runs where nothing was measured: `shared` is many samples of one prompt, `separate` many
prompts with a sample or two each."""

_SCORED = 256  # texts scored before the first of their likelihoods is handed out


class LocalEngine(Closing):
    """Continuous batching over llama.cpp; see `pipeline.engine.base` for the contract.

    `settings` says how each shape of workload runs (what tuning found). `context` is the most
    tokens of prompt and answer of one sample; 0 is what the model was trained on. `confidence` off
    saves the few per cent that measuring every token's log-probability costs. `weights` names the
    format of `path` where it is a copy (`pipeline.engine.tuning.weights.settle`). `form` is how the
    model is asked: `auto` is a chat where the file has a template for it, else a completion.
    `model_options` go to llama.cpp as they are (main_gpu, use_mlock, ...).

    Raises ModelError when the file is missing, damaged or of no known kind. Methods may be called
    from several threads; work of all callers is batched together.
    """

    def __init__(
        self,
        path: Path,
        *,
        context: int = 4096,
        languages: Sequence[str] = ("en",),
        gpu_layers: int | str = "auto",
        threads: int = 0,
        settings: Mapping[str, EngineSettings] | None = None,
        confidence: bool = True,
        weights: str = "",
        form: FormWanted = "auto",
        model_options: dict[str, Any] | None = None,
    ) -> None:
        gguf = read_gguf(path)
        require_generator(gguf)
        require_context(gguf, context)
        self._model = NativeModel(path, gpu_layers=gpu_layers, options=model_options)
        window = context or self._model.trained_context
        self._template = template_of(self._model, gguf.chat_template, form)
        self._info = replace(
            _describe(gguf, window, tuple(languages)),
            weights=weights,
            template_sha256=self._template.sha256,
            form=self._template.form,
        )
        self._threads, self._gpu_layers = threads, gpu_layers
        self.settings: dict[str, EngineSettings] = {}
        self._choose({**DEFAULTS, **(settings or {})})
        self.is_tuned = False
        """Runs with what tuning found for this machine."""
        self._confidence = confidence
        self._budget = KvBudget(gguf.kv_bytes, self._info.context)
        self._schedulers: dict[EngineSettings, BatchScheduler] = {}
        self._lock = threading.RLock()
        self._cancelled: set[Draw] = set()
        self.prompts = PromptTokens(self._model, self._template)
        self._ledger = PromptBilling()
        self._close_tag = tuple(
            self._model.tokenize(f"{THINK_TAGS[0][1]}\n\n", special=True, first=False)
        )
        self._wait = tuple(self._model.tokenize("\nWait,", special=False, first=False))

    @property
    def info(self) -> ModelInfo:
        return self._info

    @property
    def notice(self) -> str:
        """One line a person should see: what of the model file cannot be used. Empty if nothing."""
        return f"{self._info.name}: {told}" if (told := self._template.notice) else ""

    # -- the contract ------------------------------------------------------------------------

    def sample(self, requests: Iterable[Draw], on_token: OnToken | None = None) -> Iterator[Sample]:
        job = DrawBatch(on_token)
        return self._serve(job, self._draws(list(requests), job))

    def cancel(self, request: Draw) -> None:
        with self._lock:
            self._cancelled.add(request)

    def score(self, requests: Iterable[Score]) -> Iterator[Likelihood]:
        asked = list(requests)
        return self._likelihoods(asked, self._scored(asked))

    def _scored(self, asked: Sequence[Score]) -> list[tuple[list[int], list[int]]]:
        """Of each request the tokens of the prompt, with a parent on what that sample left, and of
        the text."""
        prompts: dict[object, list[int]] = {}
        pairs: list[tuple[list[int], list[int]]] = []
        for request in asked:
            ident = (request.prompt, request.parent)
            if ident not in prompts:
                plain = Draw(request.prompt, parent=request.parent)
                prompts[ident] = self.prompts.resolve(plain, think=True).tokens
            text = self._model.tokenize(request.text, special=False, first=False)
            self._fit(len(prompts[ident]) + len(text))
            pairs.append((prompts[ident], text))
        return pairs

    def _likelihoods(
        self, asked: Sequence[Score], pairs: Sequence[tuple[list[int], list[int]]]
    ) -> Iterator[Likelihood]:
        known = shared((id(prompt), text) for prompt, text in pairs)
        for at in range(0, len(asked), _SCORED):
            some, begun = pairs[at : at + _SCORED], time.perf_counter()
            with self._lock:
                home = self._home(some[0][0]) if asked[at].parent is not None else None
                scorer = TextScorer(home or self._scheduler_for("shared"), some)
            while True:
                with self._lock:  # given back between steps, for other callers to take theirs
                    self._model.ptr  # noqa: B018 - raises when the engine was closed meanwhile
                    if not scorer.step():
                        break
            seconds = (time.perf_counter() - begun) / len(some)
            for request, pair, logprob, have in zip(
                asked[at:], some, scorer.found, known[at:], strict=False
            ):
                cost = replace(price(self._info, *pair, have), seconds=seconds)
                key = request_key(self._info, request)
                yield Likelihood(request, logprob, len(pair[1]), cost, key)

    def count(self, prompt: Prompt) -> int:
        return len(self.prompts.of(prompt))

    def close(self) -> None:
        with self._lock:
            for scheduler in self._schedulers.values():
                scheduler.close()
            self._schedulers.clear()
            self._model.close()

    # -- speed -------------------------------------------------------------------------------

    def tune(
        self, on_trial: Callable[[str, Trial], None] = lambda shape, trial: None, **options: Any
    ) -> Profile:
        """Measure the fastest settings for this model and machine, use them, and remember them
        unless others worked meanwhile (`Profile.doubt`). `options` go to
        `pipeline.engine.tuning.settings.measure`."""
        self.release()
        machine = fingerprint(self._gpu_layers)
        profile = measure(self._model, machine, on_trial=on_trial, **options)
        if not profile.doubt:
            remember(self._info.sha256, profile)
        self._choose({**self.settings, **profile.settings})
        self.is_tuned = True
        return profile

    def use_tuned(self) -> Profile | None:
        """Use what tuning found for this model on this machine; None where it has not been done.
        Nothing may be under way."""
        profile = recall(self._info.sha256, fingerprint(self._gpu_layers))
        if profile is not None:
            self.release()
            self._choose({**self.settings, **profile.settings})
            self.is_tuned = True
        return profile

    def one_buffer(self) -> None:
        """From here on all work shares one buffer and its steps, as is best where callers come one
        by one; nothing may be under way. What tuning found for that is used, if it did."""
        usual = replace(self.settings["shared"], unified=True, read_flash=False)
        one = self.settings.get("callers", usual)
        self.release()
        self._choose({**self.settings, "shared": one, "separate": one})

    def _choose(self, settings: Mapping[str, EngineSettings]) -> None:
        self.settings = {
            shape: replace(s, threads=self._threads) if self._threads else s
            for shape, s in settings.items()
        }

    # -- for benchmarks and tests ------------------------------------------------------------

    @property
    def schedulers(self) -> list[BatchScheduler]:
        """The contexts in use: their statistics and their tables of sequences."""
        return list(self._schedulers.values())

    def release(self) -> None:
        """Close every context; the model stays loaded. Nothing may be in flight."""
        with self._lock:
            for scheduler in self._schedulers.values():
                scheduler.close()
            self._schedulers.clear()

    # -- requests to samples -------------------------------------------------------------------

    def _draws(self, requests: list[Draw], job: DrawBatch) -> list[ActiveDraw]:
        prompts: dict[object, TokenizedPrompt] = {}
        prices: dict[object, tuple[int, int]] = {}
        checked: set[object] = set()
        draws: list[ActiveDraw] = []
        for request, pays in zip(requests, self._ledger.payers(requests), strict=True):
            params = request.params
            think = params.think_budget != 0
            ident = (request.prompt, request.parent, think)
            if ident not in prompts:
                prompts[ident] = self.prompts.resolve(request, think)
            prompt = prompts[ident]
            tokens = prompt.tokens
            completes = self._info.form == "completion" and request.prompt.text is None
            room = self._fit(len(tokens))
            if params not in checked:
                SamplerChain(
                    self._model, params, 0
                ).close()  # a bad grammar or bias is heard of now
                checked.add(params)
            if ident not in prices:
                prices[ident] = self.prompts.price(request, tokens, think)
            length, charge = prices[ident]
            draw = ActiveDraw(
                request=request,
                job=job,
                key=request_key(self._info, request),
                seed=draw_seed(params.seed, request.item, request.draw),
                tokens=tokens,
                limit=max(1, min(params.max_tokens, room)),
                charge=charge if pays else 0,
                length=length,
                rendered=prompt.rendered,
                opened=prompt.opened,
                ends=(TURN_END,) if completes else (),
                trim=completes and not prompt.begun,
                close_tag=self._close_tag,
                wait=self._wait,
            )
            draws.append(draw)
        job.left = len(draws)
        return draws

    def _fit(self, tokens: int) -> int:
        """Tokens left for the answer. Raises PromptError when there are none."""
        room = self._info.context - tokens
        if room < 1:
            raise PromptError(
                filled(
                    "The prompt has {tokens} tokens, {over} more than the context of {context} "
                    "leaves for it.",
                    tokens=tokens,
                    over=1 - room,
                    context=self._info.context,
                ),
                "Lower ask.k, or raise model.context.",
            )
        return room

    # -- the loop ----------------------------------------------------------------------------

    def _serve(self, job: DrawBatch, draws: list[ActiveDraw]) -> Iterator[Sample]:
        if not draws:
            return
        prompts = len({id(d.tokens) for d in draws})
        with self._lock:
            shape = "shared" if prompts == 1 or len(draws) >= 2 * prompts else "separate"
            scheduler = self._home(draws[0].tokens) or self._scheduler_for(shape)
            scheduler.submit(draws)
        try:
            while job.left or job.done:
                if job.error:
                    raise job.error
                if job.done:
                    yield job.done.popleft()
                    continue
                with self._lock:
                    self._model.ptr  # noqa: B018 - raises when the engine was closed meanwhile
                    self._cancel(scheduler)
                    if job.left and not job.done:
                        scheduler.step()
        finally:
            with self._lock:
                scheduler.discard([d for d in draws if not d.finish])

    def _cancel(self, scheduler: BatchScheduler) -> None:
        if self._cancelled:
            for draw in [*scheduler.running, *scheduler.waiting]:
                if draw.request in self._cancelled:
                    scheduler.cancel(draw)
            if all(scheduler is only for only in self._schedulers.values()):
                self._cancelled.clear()
            else:
                alive = {
                    d.request for x in self._schedulers.values() for d in [*x.running, *x.waiting]
                }
                self._cancelled &= alive

    def _home(self, tokens: list[int]) -> BatchScheduler | None:
        """The context that already holds most of this prompt, if one does."""
        held = [
            (scheduler.cache.table.best(tokens)[1], i)
            for i, scheduler in enumerate(self._schedulers.values())
        ]
        most, which = max(held, default=(0, 0))
        return self.schedulers[which] if 2 * most > len(tokens) else None

    def _scheduler_for(self, shape: str) -> BatchScheduler:
        settings = self.settings[shape]
        if settings not in self._schedulers:
            partial = not (
                self._model.lib.llama_model_is_recurrent(self._model.ptr)
                or self._model.lib.llama_model_is_hybrid(self._model.ptr)
            )
            cache = KVCacheManager(
                self._model,
                settings,
                usual=self._info.context,
                most_cells=self._budget.shared,
                most_split=self._budget.split,
                partial=partial,
            )
            self._schedulers[settings] = BatchScheduler(
                self._model,
                self._info,
                cache,
                confidence=self._confidence,
                on_finish=self.prompts.remember,
            )
        return self._schedulers[settings]


def _describe(gguf: Gguf, context: int, languages: tuple[str, ...]) -> ModelInfo:
    template = gguf.chat_template
    return ModelInfo(
        name=gguf.name,
        engine="local",
        version=versions(),
        sha256=file_sha256(gguf.path),
        parameters=gguf.parameters,
        context=context,
        languages=languages,
        thinks=any(start in template for start, _ in THINK_TAGS),
        matmul_weights=gguf.matmul_weights,
        head_weights=gguf.head_weights,
        attention_flops=gguf.attention_flops,
        path=str(gguf.path),
    )
