"""Prompts as an endpoint gets them: turns or one text, going on from earlier samples."""

from __future__ import annotations

from collections import OrderedDict

from pipeline.engine.continuation import begun, require_parent
from pipeline.models.completion_form import TURN_END, as_text
from pipeline.types import Draw, Form, Message, Prompt

__all__ = ["RemotePrompts"]

_REMEMBERED = 1024  # samples that a later request may name as its parent


class RemotePrompts:
    """What the requests to one endpoint are sent as, and about how long they are; the last samples
    are remembered, so that a request may go on from one.

    >>> prompts = RemotePrompts("completion", context=4096)
    >>> prompts.ends(Prompt((Message("user", "What is osmosis?"),))) == (TURN_END,)
    True
    """

    def __init__(self, form: Form, context: int) -> None:
        self._form = form
        self._context = context
        self._known: OrderedDict[str, tuple[Prompt, str]] = OrderedDict()
        self._too_long: set[Prompt] = set()

    def remember(self, key: str, prompt: Prompt, reply: str) -> None:
        """Let later requests go on from a sample."""
        self._known[key] = (prompt, reply)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def refused(self, prompt: Prompt) -> None:
        """The endpoint would not read a prompt of this length."""
        self._too_long.add(prompt)

    def require_parent(self, request: Draw) -> None:
        """Raises PromptError where the parent of a request is not known any more."""
        require_parent(request, request.parent in self._known)

    def of(self, request: Draw) -> Prompt:
        """The prompt of a request, at its end the reply of a parent that is to be continued."""
        if request.parent is None or begun(request.prompt) is not None:
            return request.prompt
        prompt, reply = self._known[request.parent]
        if request.prompt != prompt:
            return request.prompt
        if prompt.text is not None:
            return Prompt(text=prompt.text + reply)
        return Prompt(messages=(*prompt.messages, Message("assistant", reply)))

    def sent(self, request: Draw) -> Prompt:
        """The prompt as it is sent: its turns as one text where the model is asked so."""
        prompt = self.of(request)
        return Prompt(text=as_text(prompt.messages)) if self._completes(prompt) else prompt

    def begins(self, request: Draw) -> bool:
        """Whether its reply begins after the turns that are sent as one text."""
        prompt = self.of(request)
        return self._completes(prompt) and prompt.messages[-1].role != "assistant"

    def ends(self, prompt: Prompt) -> tuple[str, ...]:
        """What ends a reply to it."""
        return (TURN_END,) if self._completes(prompt) else ()

    def _completes(self, prompt: Prompt) -> bool:
        """Its turns are sent as one text that the model goes on with."""
        return self._form == "completion" and prompt.text is None

    def count(self, prompt: Prompt) -> int:
        """An estimate: a token for every three bytes. The endpoint counts for itself; a prompt that
        it refused for its length has as many as there is room for."""
        text = prompt.text or "".join(m.content for m in prompt.messages)
        tokens = -(-len(text.encode()) // 3) + 4 * len(prompt.messages)
        return max(tokens, self._context) if prompt in self._too_long else tokens

    def price(self, request: Draw, read: int) -> int:
        """Of the tokens that the endpoint says it read, those to be paid for: the part after the
        parent's text is estimated by its share of the characters."""
        if request.parent is None:
            return read
        sent = self.of(request)
        paid = begun(sent)
        if paid is None:  # raw text
            prompt, reply = self._known[request.parent]
            paid = Prompt(text=(prompt.text or "") + reply)
        whole = self.count(sent)
        return round(read * max(whole - self.count(paid), 0) / max(whole, 1))
