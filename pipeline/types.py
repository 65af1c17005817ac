"""The nouns. Frozen data with small properties and no behaviour; every package uses them.

Positions are raw: lines count from 1 and are inclusive, characters count from 0 and are half open,
times are seconds. "Raw" is the file as decoded, before any cleaning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = [
    "Agreement",
    "Answer",
    "Citation",
    "Confidence",
    "Cost",
    "Draw",
    "Hit",
    "Hits",
    "Likelihood",
    "Message",
    "ModelUse",
    "Passage",
    "Place",
    "Prompt",
    "Request",
    "Result",
    "Sample",
    "SampleParams",
    "Score",
    "Search",
    "Signal",
    "Source",
    "Span",
    "Vote",
]

PlaceUnit = Literal["line", "page", "cell", "slide", "time"]
Form = Literal["chat", "completion"]
"""What a model is asked in: a chat, or a text with worked examples that it goes on with."""
FormWanted = Literal["auto", "chat", "completion"]
"""`auto` is what the model's file is made for."""
Role = Literal["read", "reason"]
"""What a model is asked for: to read what is put in front of it, or to reason without it and to
check replies. Where one model is configured it does both."""


def clock(seconds: float) -> str:
    """Seconds as `hh:mm:ss`."""
    whole = int(seconds)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}"


@dataclass(frozen=True, slots=True)
class Source:
    """One file of notes. `path` is relative to the notes folder, with forward slashes.

    >>> Source("week3/osmosis.md", "markdown", sha256="", language="en").path
    'week3/osmosis.md'
    """

    path: str
    kind: str
    sha256: str
    language: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a piece of text stands in its source: always lines, and where the format has them a
    page, cell or slide number, or a time range in seconds (`unit` says which `first`..`last` is).
    For `unit == "line"` the two repeat the line range."""

    source: str
    start_line: int
    end_line: int
    unit: PlaceUnit = "line"
    first: float = 0.0
    last: float = 0.0

    def __str__(self) -> str:
        if self.unit == "time":
            return f"{self.source} {clock(self.first)}-{clock(self.last)}"
        if self.unit != "line":
            numbers = (
                f"{self.first:g}" if self.first == self.last else f"{self.first:g}-{self.last:g}"
            )
            return f"{self.source} {self.unit} {numbers}"
        if self.start_line == self.end_line:
            return f"{self.source}:{self.start_line}"
        return f"{self.source}:{self.start_line}-{self.end_line}"


@dataclass(frozen=True, slots=True)
class Span:
    """One run of a passage's text and the raw characters it came from.

    `passage.text[start:end]` was made from `raw[raw_start:raw_end]`, on lines `line`..`end_line`.
    `verbatim` runs are equal to the raw text, so a part of one maps to exactly that part; any other
    run (repaired, unescaped, joined) maps as a whole. `first`..`last` as in `Place`.
    """

    start: int
    end: int
    raw_start: int
    raw_end: int
    line: int
    end_line: int
    verbatim: bool = True
    first: float = 0.0
    last: float = 0.0


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of cleaned text that is searched, shown to the model and cited as a whole or in part.

    `id` is stable while source path and text are. `spans` cover `text` in order, without overlap;
    characters between spans (joining spaces) came from nowhere. `also` lists the other places where
    the same text stands (folded duplicates).

    >>> place = Place("history.pdf", 40, 42, unit="page", first=3, last=3)
    >>> Passage("p1", "세종은 1418년에 즉위했다.", "history.pdf", place, ("조선", "세종")).heading
    '조선 > 세종'
    """

    id: str
    text: str
    source: str
    place: Place
    headings: tuple[str, ...] = ()
    language: str = "en"
    spans: tuple[Span, ...] = ()
    also: tuple[Place, ...] = ()

    @property
    def heading(self) -> str:
        """The heading path as one line."""
        return " > ".join(self.headings)


@dataclass(frozen=True, slots=True)
class Signal:
    """What was measured of one unit of a passage (`pipeline.notes.passage_units`) for a question.

    `coverage` is the share of the question's terms, weighed by rarity, that it has (0 to 1), and
    `known` the share that stands anywhere in the notes.
    `standard` is its nearness by the embedder, in deviations from the mean of the notes in its
    language, and `pair` that of it and the unit before it together. `margin` is its nearness above
    the level at which these notes answer questions, in deviations of that level. All three are None
    where no embedder was asked, `margin` also where the level is not known. `states` is above 0
    where it is what a search was for: a decision or a task, or one of two steps to an answer.
    `asks` is above 0 where it reads like an exercise or a goal of a lesson, which asks something
    itself (`pipeline.text.asking`). `local` is the share of the question's terms, weighed by how
    few of the passages found have them, that it has or, with less weight, sentences before it.
    `first` is what the first unit of its passage adds to `coverage`. `after` is as `pair`, with the
    unit after it. `local` and `after` are None where they were not measured.
    """

    coverage: float
    standard: float | None = None
    pair: float | None = None
    margin: float | None = None
    known: float = 1.0
    states: float = 0.0
    asks: float = 0.0
    local: float | None = None
    first: float = 0.0
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found: the fused score, the rank (from 1) each arm gave it, and the signals of its
    units that may answer, in order (none where they were not measured).

    >>> passage = Passage("p1", "Water boils at 100 °C.", "a.md", Place("a.md", 1, 1))
    >>> Hit(passage, 0.8, {"dense": 1, "words": 3}).ranks["words"]
    3
    """

    passage: Passage
    score: float
    ranks: dict[str, int] = field(default_factory=dict)
    signals: tuple[Signal, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model reads: chat `messages` (the engine applies the model's own template), or raw
    `text` as it is. A last message of the assistant is left open, to be continued.

    >>> Prompt(text="The capital of Peru is").messages
    ()
    >>> Prompt((Message("user", "What is inflation?"),)).messages[0].role
    'user'
    """

    messages: tuple[Message, ...] = ()
    text: str | None = None
    template: str = ""
    passages: tuple[str, ...] = ()
    """Ids of the passages shown."""
    role: Role = "read"
    """Which of two models is asked; of no consequence where there is one."""


@dataclass(frozen=True, slots=True)
class ModelUse:
    """What one of two models did for an answer: how many requests, and their price."""

    role: Role
    model: str
    requests: int
    cost: Cost


@dataclass(frozen=True, slots=True)
class SampleParams:
    """Every sampling field, always explicit: no engine default is ever relied upon.

    `temperature` 0 is greedy. `top_k` 0, `top_p` 1, `min_p` 0 and `repeat_penalty` 1 are off.
    `seed` is the run's seed; a sample's own seed is derived from it, the item and the sample
    number.

    >>> greedy = SampleParams(temperature=0, max_tokens=64)
    >>> greedy.top_p
    0.95
    """

    temperature: float = 0.8
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    repeat_penalty: float = 1.0
    max_tokens: int = 256
    stop: tuple[str, ...] = ()
    logit_bias: tuple[tuple[int, float], ...] = ()
    grammar: str = ""
    """GBNF; empty for none."""
    seed: int = 0
    think_budget: int | None = None
    """Tokens a thinking model may spend inside its think tags before they are closed for it."""
    think_min: int = 0
    """Tokens it must spend there: a thought that ends sooner is made to go on."""
    stop_below: float = 0.0
    """A sample whose group confidence falls below this is stopped, with finish "cancelled"
    (DeepConf online, arXiv 2508.15260); 0 is off."""
    group: int = 0
    """Tokens in a confidence group. 0 is 16 with `stop_below`, as the reply's length is not known
    while it is written, else a quarter of the reply."""


@dataclass(frozen=True, slots=True)
class Draw:
    """One sample wanted. `parent` is the key of the sample that this one goes on from: its prompt
    is the parent's own, or holds the parent's text as a message of the assistant.

    >>> prompt = Prompt((Message("user", "What is osmosis?"),))
    >>> [Draw(prompt, draw=number).draw for number in range(3)]  # three samples of one prompt
    [0, 1, 2]
    """

    prompt: Prompt
    params: SampleParams = field(default_factory=SampleParams)
    draw: int = 0
    item: str = ""
    """The question this sample belongs to; part of the seed."""
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """The log-likelihood of `text` wanted, as what follows `prompt`. With a `parent`, the prompt
    goes on from the sample of that key (see `Draw`).

    >>> options = [Score(Prompt(text="Osmosis moves"), text) for text in (" water", " salt")]
    >>> [option.text for option in options]
    [' water', ' salt']
    """

    prompt: Prompt
    text: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Search:
    """The best `k` passages for `query` wanted, of the index that `index` names. With `outline` the
    parts of the note or section that the query names, in order (`pipeline.retrieval.outline`); with
    `states` ("decision" or "task") passages that state one, the `states` of their units telling
    which does (`pipeline.retrieval.stated`); with `hops` pairs of passages, one after the other, of
    which two sentences answer together, `states` telling which (`pipeline.retrieval.hops`); with
    `within` the passages of the place that it names, "slide 4" (`pipeline.retrieval.within`).

    >>> Search("What is osmosis?", k=3).k
    3
    """

    query: str
    k: int = 5
    index: str = ""
    outline: bool = False
    states: str = ""
    within: str = ""
    hops: bool = False


Request = Draw | Score | Search
"""What may be asked for."""


@dataclass(frozen=True, slots=True)
class Confidence:
    """How sure the model was of what it wrote, from the log-probabilities of its own tokens
    (before temperature and truncation), natural log. `lowest_group` and `tail` are as in DeepConf
    (arXiv 2508.15260): means of the token confidence over a sliding window, and over the end."""

    mean_logprob: float = 0.0
    mean: float = 0.0
    tail: float = 0.0
    lowest_group: float = 0.0


@dataclass(frozen=True, slots=True)
class Cost:
    """The price. `prompt_tokens` counts a shared prompt once; `generated_tokens` counts cancelled
    samples too.

    >>> (Cost(prompt_tokens=90, seconds=0.5) + Cost(generated_tokens=30, seconds=1)).seconds
    1.5
    """

    prompt_tokens: int = 0
    generated_tokens: int = 0
    seconds: float = 0.0
    flops: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.prompt_tokens + other.prompt_tokens,
            self.generated_tokens + other.generated_tokens,
            self.seconds + other.seconds,
            self.flops + other.flops,
        )

    def __sub__(self, other: Cost) -> Cost:
        return Cost(
            self.prompt_tokens - other.prompt_tokens,
            self.generated_tokens - other.generated_tokens,
            self.seconds - other.seconds,
            self.flops - other.flops,
        )


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample made. `text` is the reply without the thinking; `thinking` is what stood in the
    model's think tags. `finish` says why it ended.

    >>> sample = Sample(Draw(Prompt(text="7 * 8 =")), " 56", "stop", tokens=2)
    >>> sample.text, sample.finish
    (' 56', 'stop')
    """

    request: Draw
    text: str
    finish: Literal["stop", "length", "cancelled", "error"]
    tokens: int
    thinking: str = ""
    confidence: Confidence = field(default_factory=Confidence)
    cost: Cost = field(default_factory=Cost)
    key: str = ""
    """Names this sample for a later request's `parent`."""


@dataclass(frozen=True, slots=True)
class Likelihood:
    """The natural log-likelihood of a request's text, summed over its `tokens`. Its cost
    is what was read for it and for no request before it in the same call.

    >>> found = Likelihood(Score(Prompt(text="Osmosis moves"), " water"), logprob=-2.5, tokens=1)
    >>> found.logprob / found.tokens
    -2.5
    """

    request: Score
    logprob: float
    tokens: int
    cost: Cost = field(default_factory=Cost)
    key: str = ""


@dataclass(frozen=True, slots=True)
class Hits:
    """The passages that a search found, the best first, and what the search cost. `kind` is the
    kind of question that the query is (`pipeline.text.question_kinds`), "" where nobody looked;
    `spelled` is the query with its loanwords as the notes spell them, "" where it has none.

    >>> passage = Passage("p1", "Supply meets demand.", "a.md", Place("a.md", 1, 1))
    >>> found = Hits(Search("What is equilibrium?", k=1), (Hit(passage, 0.7),))
    >>> [hit.passage.text for hit in found.hits]
    ['Supply meets demand.']
    """

    request: Search
    hits: tuple[Hit, ...]
    cost: Cost = field(default_factory=Cost)
    key: str = ""
    kind: str = ""
    spelled: str = ""


Result = Sample | Likelihood | Hits
"""What comes of a request: of a `Draw` a `Sample`, of a `Score` a `Likelihood`, of a
`Search` `Hits`."""


@dataclass(frozen=True, slots=True)
class Citation:
    """Proof. `quote` is copied from the raw file at `place` by the program, and verified there.

    >>> place = Place("law.md", 12, 13)
    >>> passage = Passage("p1", "A contract needs consent.", "law.md", place)
    >>> str(Citation(passage, "A contract needs consent.", place).place)
    'law.md:12-13'
    """

    passage: Passage
    quote: str
    place: Place

    def to_json(self) -> dict[str, Any]:
        """`{source, start_line, end_line, quote}`, and the page, cell, slide or time if any."""
        row: dict[str, Any] = {
            "source": self.place.source,
            "start_line": self.place.start_line,
            "end_line": self.place.end_line,
            "quote": self.quote,
        }
        if self.place.unit != "line":
            row[self.place.unit] = [self.place.first, self.place.last]
        return row


@dataclass(frozen=True, slots=True)
class Vote:
    """One equivalence class of answers: a representative, how many samples, their total weight.

    >>> max([Vote("1392", 5, 5.0), Vote("1492", 3, 3.0)], key=lambda vote: vote.weight).answer
    '1392'
    """

    answer: str
    count: int
    weight: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the replies to a question agree: `agreeing` of `replies` gave the answer that won or
    came closest, where `needed` had to. Replies without an answer that may vote are counted."""

    agreeing: int = 0
    replies: int = 0
    needed: int = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question: its text, its citations, how the samples agreed, what it cost.

    >>> answer = Answer("광합성은 어디에서?", "엽록체에서", "ko", "cot@sc8", confidence=0.9)
    >>> answer.text, answer.abstained, len(answer.citations)
    ('엽록체에서', False, 0)
    """

    question: str
    text: str
    language: str
    strategy: str
    citations: tuple[Citation, ...] = ()
    abstained: bool = False
    quoted: bool = False
    """The answer is sentences of the notes, not the model's words."""
    marked: tuple[int, int] | None = None
    """Of a quotation: where in `text` the figure, time or name stands that was asked for."""
    kind: str = ""
    """Where it is put together of several quotations: the kind of question it answers (`summary`,
    `comparison`, ...), or `quotes` for sentences nearly as likely to answer. The text then has a
    line for each, with the number of its citation."""
    confidence: float = 0.0
    votes: tuple[Vote, ...] = ()
    agreement: Agreement | None = None
    """What the answer, or the lack of one, rests on; None: no model was asked."""
    samples: tuple[Sample, ...] = ()
    cost: Cost = field(default_factory=Cost)
    model: str = ""
    models: tuple[ModelUse, ...] = ()
    """Where two models are configured, what each of those that were asked did."""
    form: Form | Literal[""] = ""
    """The form that the model was asked in; "" where it was not asked."""
    also: tuple[Citation, ...] = ()
    """Further sentences that may bear on the question; not proof of the answer."""
    closest: tuple[Citation, ...] = ()
    """Of a question that was refused, the passages nearest to it, to be looked at."""
    notice: str = ""
    """One line the user must see with the answer (a model that does not speak the language)."""
