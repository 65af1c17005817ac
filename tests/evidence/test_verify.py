"""A reply counts only if a sentence of the notes bears it out."""

from __future__ import annotations

import pytest

from pipeline.evidence.answerability import answerability
from pipeline.evidence.gather import Evidence, Inquiry, asked_span, gather, inquire
from pipeline.evidence.verify import _read, _says_otherwise, ground
from pipeline.text.language import language_of
from pipeline.types import Hit, Passage, Place

SIZES = (
    "GPT-1 has 117 million parameters and came out in 2018. "
    "The largest version of GPT-2 has 1.5 billion parameters. "
    "GPT-3 has 175 billion parameters, more than a hundred times as many as GPT-2. "
    "GPT-3 has 96 layers. GPT-4 is said to have 1.76 trillion parameters."
)
TABLE = (
    "| Model | Parameters | Layers |\n|---|---|---|\n"
    "| Alpha-1 | 350 million | 24 |\n| Alpha-2 | 774 million | 36 |"
)
LORA = (
    "LoRA was published by Edward Hu and colleagues at Microsoft in June 2021. It trains two "
    "narrow matrices and leaves the large matrix frozen."
)
KOREAN = "GPT-3의 파라미터는 1,750억 개이며 GPT-2의 100배가 넘는다. GPT-1은 2018년에 나왔다."


def read(
    question: str, *texts: str, heading: str = "Notes"
) -> tuple[Inquiry, tuple[Evidence, ...]]:
    passages = [
        Passage(str(i), text, "a.md", Place("a.md", 1, 9), (heading,), language_of(text))
        for i, text in enumerate(texts or (SIZES, TABLE, LORA, KOREAN))
    ]
    inquiry = inquire(question, language_of(question), passages)
    return inquiry, gather(inquiry, [Hit(p, 1.0) for p in passages])


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("How many parameters does GPT-2 have?", "The largest version of GPT-2 has 1.5 billion"),
        ("How many parameters does GPT-3 have?", "GPT-3 has 175 billion parameters"),
        ("How many layers does GPT-3 have?", "GPT-3 has 96 layers."),
        ("How many layers does Alpha-2 have?", "| Alpha-2 | 774 million | 36 |"),
        ("When was LoRA published?", "LoRA was published by Edward Hu"),
        ("Who published LoRA?", "LoRA was published by Edward Hu"),
        ("GPT-3의 파라미터는 몇 개인가요?", "GPT-3의 파라미터는 1,750억 개"),
    ],
)
def test_the_sentence_that_answers_is_found(question: str, quote: str) -> None:
    best = read(question)[1][0]
    assert best.text.startswith(quote)


@pytest.mark.parametrize(
    "question",
    [
        "What is the capital of Mongolia?",
        "How many parameters does Claude 3 have?",
        "How many attention heads does GPT-2 have?",
        "How many parameters does Alpha-3 have?",
        "When was GPT-3 released?",
        "몽골의 수도는 어디인가요?",
    ],
)
def test_what_the_notes_do_not_say_has_no_evidence(question: str) -> None:
    assert answerability(*read(question)) < 0.5


@pytest.mark.parametrize(
    ("question", "reply", "good"),
    [
        ("How many parameters does GPT-2 have?", "GPT-2 has 1.5 billion parameters.", True),
        ("How many parameters does GPT-2 have?", "1.5B", True),
        ("How many parameters does GPT-2 have?", "GPT-2 has 1,500 million parameters.", True),
        ("How many parameters does GPT-2 have?", "GPT-2 has 1.76 trillion parameters.", False),
        ("How many parameters does GPT-2 have?", "GPT-2 has 175 billion parameters.", False),
        ("How many parameters does GPT-2 have?", "GPT-2 has 117 million parameters.", False),
        ("How many parameters does GPT-2 have?", "GPT-2 was released in 2018.", False),
        ("How many parameters does GPT-2 have?", "GPT-2 is a language model.", False),
        ("How many parameters does GPT-2 have?", "", False),
        ("How many parameters does GPT-3 have?", "GPT-3 has 96 parameters.", False),
        ("How many layers does Alpha-1 have?", "Alpha-1 has 24 layers.", True),
        ("How many layers does Alpha-1 have?", "Alpha-1 has 36 layers.", False),
        ("Who published LoRA?", "Edward Hu published LoRA.", True),
        ("Who published LoRA?", "Jane Roe published LoRA.", False),
        ("When was LoRA published?", "LoRA was published in 2021.", True),
        ("When was LoRA published?", "LoRA was published in 2019.", False),
        ("What does LoRA train?", "LoRA trains two narrow matrices.", True),
        ("What does LoRA train?", "LoRA trains every attention head of a chatbot.", False),
        ("GPT-3의 파라미터는 몇 개인가요?", "GPT-3의 파라미터는 1,750억 개입니다.", True),
        ("GPT-3의 파라미터는 몇 개인가요?", "GPT-3의 파라미터는 1,750만 개입니다.", False),
    ],
)
def test_a_reply_counts_only_if_it_is_borne_out(question: str, reply: str, good: bool) -> None:
    inquiry, evidence = read(question)
    assert (ground(reply, inquiry, evidence) is not None) is good


def test_the_same_figure_in_other_words_is_the_same_vote() -> None:
    inquiry, evidence = read("How many parameters does GPT-2 have?")
    one = ground("GPT-2 has 1.5 billion parameters.", inquiry, evidence)
    other = ground("It has 1,500 million parameters.", inquiry, evidence)
    assert one is not None
    assert other is not None
    assert one.key == other.key


@pytest.mark.parametrize(
    ("reply", "good"),
    [
        ("It takes 14 GB at 16 bits.", True),
        ("It takes 14 GB.", True),
        ("It takes 28 GB at 32 bits and 14 GB at 16 bits.", True),
        ("It takes 28 GB at 32 bits.", False),
    ],
)
def test_an_answer_for_another_case_does_not_count(reply: str, good: bool) -> None:
    inquiry, evidence = read(
        "How much memory does Alpha-7 take at 16 bits?",
        "Alpha-7 takes 28 GB of memory at 32 bits, 14 GB at 16 bits and 7 GB at 8 bits.",
    )
    assert (ground(reply, inquiry, evidence) is not None) is good


@pytest.mark.parametrize(
    ("reply", "good"),
    [("It uses 12.9 billion parameters.", True), ("It has 46.7 billion parameters.", False)],
)
def test_a_figure_beside_the_one_asked_for_does_not_count(reply: str, good: bool) -> None:
    inquiry, evidence = read(
        "How many parameters does Alpha-8 use for each token?",
        "Alpha-8 has 46.7 billion parameters in total and uses 12.9 billion parameters for each "
        "token.",
    )
    assert (ground(reply, inquiry, evidence) is not None) is good


def test_unsupported_sentences_after_the_answer_are_dropped() -> None:
    inquiry, evidence = read("How many parameters does GPT-2 have?")
    reply = "GPT-2 has 1.5 billion parameters. It was trained for 900 days on 7 million moons."
    grounded = ground(reply, inquiry, evidence)
    assert grounded is not None
    assert grounded.text == "GPT-2 has 1.5 billion parameters."


def test_what_follows_a_comma_unsupported_is_left_out() -> None:
    inquiry, evidence = read("How many parameters does GPT-2 have?")
    grounded = ground("GPT-2 has 1.5 billion parameters, or 7 per moon.", inquiry, evidence)
    assert grounded is not None
    assert grounded.text == "GPT-2 has 1.5 billion parameters."


def test_a_reply_in_another_language_does_not_count() -> None:
    inquiry, evidence = read("How many parameters does GPT-3 have?")
    assert ground("GPT-3의 파라미터는 1,750억 개이다.", inquiry, evidence) is None


def test_a_sentence_in_the_language_of_the_question_is_quoted_first() -> None:
    for question, start in (
        ("How many parameters does GPT-3 have?", "GPT-3 has 175"),
        ("GPT-3의 파라미터는 몇 개인가요?", "GPT-3의 파라미터는"),
    ):
        best = read(question)[1][0]
        assert best.text.startswith(start)


def test_only_what_follows_the_answer_mark_is_judged() -> None:
    inquiry, evidence = read("How many parameters does GPT-2 have?")
    reply = "GPT-3 has 175 billion, so I look further.\nAnswer: 1.5 billion parameters"
    assert ground(reply, inquiry, evidence, "Answer:") is not None
    assert ground(reply, inquiry, evidence) is None


def test_sentences_in_words_vote_for_what_they_are_taken_from() -> None:
    text = "Coral needs clear water. Kelp grows on rocks, and storms tear it off."
    inquiry, evidence = read("What is said about the plants and animals?", text)
    replies = ("Coral needs clear water.", "Storms tear kelp off rocks.", "Kelp grows on rocks.")
    keys = [found.key if (found := ground(r, inquiry, evidence)) else "" for r in replies]
    assert all(keys)
    assert keys[0] != keys[1] == keys[2]


def test_a_reply_may_have_every_name_of_its_sentence() -> None:
    inquiry, evidence = read("Which firm trained the largest?", "DeepMind trained the largest.")
    assert ground("DeepMind trained the largest.", inquiry, evidence) is not None


@pytest.mark.parametrize(
    ("question", "marked"),
    [
        ("How many layers does GPT-3 have?", "96 layers"),
        ("GPT-1은 언제 나왔나요?", "2018"),
        ("Why is the large matrix frozen?", None),
        ("How many layers does Alpha-2 have?", "36"),  # a cell of a table row
        ("How many parameters does Alpha-1 have?", "350 million"),
    ],
)
def test_what_was_asked_for_is_found_in_its_sentence(question: str, marked: str | None) -> None:
    inquiry, evidence = read(question)
    span = asked_span(inquiry, evidence[0])
    assert (evidence[0].said[span[0] : span[1]] if span else None) == marked


def test_the_cell_under_the_heading_asked_about_is_marked_in_korean() -> None:
    text = "| 원소 | 녹는점 | 값 |\n|---|---|---|\n| 나트륨 | 낮음 | 비쌈 |"
    for question, cell in (("나트륨의 녹는점은?", "낮음"), ("나트륨의 값은?", "비쌈")):
        inquiry, evidence = read(question, text)
        span = asked_span(inquiry, evidence[0])
        assert span, question
        assert evidence[0].said[span[0] : span[1]] == cell


def test_nothing_is_marked_where_several_figures_could_be_it() -> None:
    text = "The Ouse bridge has 37 arches and its sister has 34 arches."
    inquiry, evidence = read("How many arches are there?", text)
    assert asked_span(inquiry, evidence[0]) is None


@pytest.mark.parametrize(
    ("question", "text", "reply"),
    [
        ("How long is the bridge?", "The bridge is 86 metres long.", "86 metres."),
        (
            "How long is the bridge?",
            "The bridge measures 86 metres.",
            "The bridge is 86 metres long.",
        ),
        ("How many moons does it have?", "It has 146 moons.", "146."),
        ("터널은 얼마나 길어?", "터널은 길이가 1.2 km이다.", "1.2 km"),
    ],
)
def test_a_short_reply_is_no_item_of_a_list(question: str, text: str, reply: str) -> None:
    inquiry, found = read(question, text)
    grounded = ground(reply, inquiry, found)
    assert grounded is not None
    assert grounded.text == reply


def test_the_number_of_a_list_item_is_no_answer() -> None:
    inquiry, found = read("How many moons does it have?", "1. It has moons.\n2. It has rings.")
    assert ground("2.", inquiry, found) is None


TREES = (
    "In this valley the Korean Larch does not keep its needles, while the Nut Pine keeps them "
    "all winter and the Black Pine drops only the oldest."
)


@pytest.mark.parametrize(
    ("question", "reply", "good"),
    [
        ("Which tree does not keep its needles?", "Nut Pine does not keep them.", False),
        ("Which tree does not keep its needles?", "Korean Larch does not keep them.", True),
        ("Which tree keeps its needles?", "Korean Larch keeps its needles.", False),
        ("Which tree keeps its needles?", "Nut Pine keeps its needles.", True),
    ],
)
def test_a_name_of_a_clause_that_says_otherwise_is_no_answer(
    question: str, reply: str, good: bool
) -> None:
    inquiry, evidence = read(question, TREES, heading="Trees")
    assert (ground(reply, inquiry, evidence) is not None) is good


def test_what_a_clause_denies_is_read_in_the_language_of_the_notes() -> None:
    korean = "LX-1은 바늘잎을 지니지 않지만 NP-2는 늘 바늘잎을 지닌다."
    inquiry, evidence = read("Which tree keeps its needles?", korean, heading="Trees")
    claim = _read("LX-1 keeps its needles.", inquiry)
    assert claim is not None
    assert _says_otherwise(claim, evidence[0])
