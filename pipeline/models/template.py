"""The chat template inside the GGUF: messages -> the text the model was trained on.

What a note or a user wrote never becomes markup: a control token spelled out in a message (say
`<|im_end|>`) is handed on as plain text, so a document cannot end its own turn and start another.

Templates differ in what they take a message's content to be: a text, or a list of parts. One that
wants the other renders a prompt without the question and says nothing, so each is tried out once
with a question of our own: what it leaves out, the model would never read.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from pipeline.errors import ModelError, PromptError, filled
from pipeline.models.completion_form import as_text
from pipeline.models.control_texts import ControlTexts
from pipeline.models.jinja_template import Render, compile_template
from pipeline.types import Form, FormWanted, Message, Prompt

__all__ = ["ChatTemplate", "TemplatePiece", "template_of"]

TemplatePiece = tuple[str, bool]
"""Text, and whether control tokens in it count as such."""

_OPEN, _SHUT = "\ue000", "\ue001"  # private-use characters mark what must stay plain
_MARK = re.compile(f"{_OPEN}(\\d+){_SHUT}")
_QUESTION = Message("user", "Thinkscale asks 4711 whether 질문 comes through")
_TRIALS = ([_QUESTION], [Message("system", "Be brief."), _QUESTION])


class ChatTemplate:
    """Renders prompts with the template `source` (Jinja2, sandboxed); without one messages are put
    in completion form (`pipeline.models.completion_form`).

    `control` are the texts of the vocabulary's control tokens. A template that cannot be read, or
    that loses the question, is not used: `notice` says so in one line.
    """

    def __init__(
        self, source: str, *, bos: str = "", eos: str = "", control: Sequence[str] = ()
    ) -> None:
        self.source = source
        self.notice = ""
        self._bos, self._eos = bos, eos
        self._control = ControlTexts({*control, _OPEN})
        self._parts = False
        self._compiled: Render | None = None
        if source:
            self._try_out()

    @property
    def bos(self) -> str:
        """The text of the token that begins every text."""
        return self._bos

    @property
    def form(self) -> Form:
        """`chat` where there is a template that works."""
        return "chat" if self._compiled is not None else "completion"

    @property
    def sha256(self) -> str:
        """Names what it renders."""
        if self.form == "completion":
            return "completion"
        # A template once rendered with another kind of content is another one.
        return hashlib.sha256((self.source + "\0parts" * self._parts).encode()).hexdigest()

    def render(self, prompt: Prompt, *, think: bool = True) -> list[TemplatePiece]:
        """The pieces of what the model reads, in order. Raw text is one piece, all plain.

        Raises PromptError for a prompt with nothing in it, and where the template refuses the
        messages or leaves the last question out.
        """
        if prompt.text is not None:
            if not prompt.text:
                raise PromptError("The prompt is empty.", "Give it some text.")
            return [(prompt.text, False)]
        messages = list(prompt.messages)
        if not any(m.content.strip() for m in messages):
            raise PromptError("The prompt is empty.", "Give it a message with some text.")
        kept: list[str] = []

        def shield(spelled: str) -> str:
            kept.append(spelled)
            return f"{_OPEN}{len(kept) - 1}{_SHUT}"

        shielded = [Message(m.role, self._control.replace(m.content, shield)) for m in messages]
        if self.form == "completion":
            text = as_text(shielded)
        else:
            opened = ""
            if shielded[-1].role == "assistant":  # left open, to be continued
                opened = shielded.pop().content
            text = (self._apply(shielded, think) if shielded else "") + opened
        pieces: list[TemplatePiece] = []
        for i, part in enumerate(_MARK.split(text)):
            if part:
                pieces.append((kept[int(part)], False) if i % 2 else (part, True))
        return pieces

    def tail(self, prompt: Prompt, *, think: bool = True) -> str:
        """What stands after the last word that is not the model's own: where a reply begins."""
        if prompt.text is not None:
            return prompt.text[-32:]
        text = "".join(piece for piece, _ in self.render(prompt, think=think))
        said = [m.content.strip() for m in prompt.messages if m.role != "assistant"]
        return text.rsplit(said[-1], 1)[-1] if said and said[-1] else text

    def _try_out(self) -> None:
        """Find what the template wants a message's content to be."""
        try:
            self._compiled = compile_template(self.source)
            why = self._finds_form()
        except PromptError as error:
            why = error.what
        if why:
            self._compiled = None
            self.notice = filled("{why}: it is not used.", why=why.rstrip("."))

    def _finds_form(self) -> str:
        """Set it; why there is none, if there is none."""
        why = "The model's chat template leaves the question out"
        for self._parts in (False, True):
            for messages in _TRIALS:
                try:
                    if _carries(self._run(messages, think=True), _QUESTION):
                        return ""
                except PromptError as error:
                    why = error.what
        return why

    def _apply(self, messages: list[Message], think: bool) -> str:
        system = [m for m in messages if m.role == "system"]
        try:
            text = self._run(messages, think)
            if all(_carries(text, m) for m in system):
                return self._whole(text, messages)
        except PromptError:
            if not system:
                raise
        # A template that refuses or drops the system role gets it in front of the first question.
        messages = _without_system(messages)
        return self._whole(self._run(messages, think), messages)

    def _whole(self, text: str, messages: Sequence[Message]) -> str:
        asked = [m for m in messages if m.role == "user"]
        if asked and not _carries(text, asked[-1]):
            raise PromptError(
                "The model's chat template leaves the question out of this prompt.",
                "Check the order of the messages' roles, or give the prompt as text.",
            )
        return text

    def _run(self, messages: Sequence[Message], think: bool) -> str:
        assert self._compiled is not None
        return self._compiled(
            messages=[{"role": m.role, "content": self._content(m)} for m in messages],
            add_generation_prompt=True,
            bos_token=self._bos,
            eos_token=self._eos,
            enable_thinking=think,
            tools=None,
            documents=None,
        )

    def _content(self, message: Message) -> Any:
        return [{"type": "text", "text": message.content}] if self._parts else message.content


class TemplateSource(Protocol):
    """What is asked of a loaded model: its path and its special tokens as text."""

    path: Path
    lib: Any

    @property
    def vocab(self) -> Any: ...

    def text_of(self, token: int) -> str: ...

    def control_texts(self) -> list[str]: ...


def template_of(model: TemplateSource, source: str, form: FormWanted = "auto") -> ChatTemplate:
    """The template of a loaded model, with its special tokens. `form` "completion" does without it.

    Raises ModelError where the chat form is asked for and there is no template for it.
    """
    lib, vocab = model.lib, model.vocab
    template = ChatTemplate(
        "" if form == "completion" else source,
        bos=model.text_of(lib.llama_vocab_bos(vocab)),
        eos=model.text_of(lib.llama_vocab_eos(vocab)),
        control=model.control_texts(),
    )
    if form == "chat" and template.form != "chat":
        raise ModelError(
            template.notice
            or filled("{model} has no chat template: it is a base model.", model=model.path.name),
            "Set model.form to auto or completion, or get another GGUF of the model.",
        )
    return template


def _carries(text: str, message: Message) -> bool:
    """All of a message stands in the text, whatever became of its spaces."""
    said = "".join(message.content.split())
    as_json = json.dumps(message.content, ensure_ascii=False)[1:-1]
    return said in "".join(text.split()) or as_json in text


def _without_system(messages: list[Message]) -> list[Message]:
    system = "\n\n".join(m.content for m in messages if m.role == "system")
    rest = [m for m in messages if m.role != "system"]
    for i, m in enumerate(rest):
        if m.role == "user":
            rest[i] = Message("user", f"{system}\n\n{m.content}")
            return rest
    return [Message("user", system), *rest]
