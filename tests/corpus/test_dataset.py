"""Every claim of the question set is checked against the notes: quotes, answers, arithmetic."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections import Counter
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from .balance import table
from .nearest import reviewed, unread
from .reading import CORPUS, DATASET, items, language, notes, quotable

ITEMS = items()
BY_ID = {item["id"]: item for item in ITEMS}
ANSWERABLE = [item for item in ITEMS if item["answerable"]]
LINES = {path: quotable(path) for path in notes()}
HANGUL = re.compile(r"[가-힣]")
TOKEN = re.compile(r"[\w.,%-]+")
NUMBER = re.compile(r"(\d[\d,]*(?:\.\d+)?(?:e\d+)?)(?:\s*[x×]\s*10\^(\d+))?")

KINDS = {
    "arithmetic",
    "comparison",
    "cross",
    "definition",
    "fact",
    "figure",
    "list",
    "multi",
    "transcript",
    "unanswerable",
}
REQUIRED = {
    "id",
    "question",
    "language",
    "kind",
    "difficulty",
    "cluster",
    "split",
    "answerable",
    "answers",
    "spans",
}
OPTIONAL = {"parts", "facts", "also", "key_terms", "reason"}
OVERLAP = 0.6
"""A question may share no run of words with its quote that is this share of the question."""

OPERATORS: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
}


def evaluate(expression: str) -> float:
    """Numbers and + - * / ** only; anything else is refused."""

    def walk(node: ast.AST) -> float:
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return float(node.value)
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            return OPERATORS[type(node.op)](walk(node.left), walk(node.right))
        if isinstance(node, ast.UnaryOp) and type(node.op) in OPERATORS:
            return OPERATORS[type(node.op)](walk(node.operand))
        raise ValueError(f"not arithmetic: {ast.dump(node)}")

    return walk(ast.parse(expression, mode="eval").body)


def number(text: str) -> float | None:
    """The first number in an answer, `1.2 x 10^20` and `4.8e20` included."""
    found = NUMBER.search(text)
    if found is None:
        return None
    return float(found[1].replace(",", "")) * 10.0 ** int(found[2] or 0)


def flat(text: str) -> str:
    """Letters and digits only, so that `1,000개` and `1000개` are one answer."""
    return re.sub(r"[\W_]+", "", text.lower())


def tokens(text: str) -> list[str]:
    return TOKEN.findall(text.lower())


def longest_run(a: list[str], b: list[str]) -> int:
    """Length of the longest run of tokens that both have."""
    best = 0
    row = [0] * (len(b) + 1)
    for left in a:
        previous = row
        row = [0]
        for j, right in enumerate(b):
            row.append(previous[j] + 1 if left == right else 0)
        best = max(best, *row)
    return best


def quotes(item: dict[str, Any]) -> str:
    return " ".join(span["quote"] for span in item["spans"])


def test_the_evaluator_refuses_what_is_not_arithmetic() -> None:
    assert evaluate("(1 + 2) * -3 / 2 ** 2") == -2.25
    with pytest.raises(ValueError, match="not arithmetic"):
        evaluate("__import__('os')")


def test_the_overlap_measure() -> None:
    assert longest_run(tokens("How large is GPT-2?"), tokens("GPT-2 is large")) == 1
    assert longest_run(tokens("a b c d"), tokens("x b c d y")) == 3


def test_size_and_languages() -> None:
    count = Counter(item["language"] for item in ITEMS)
    assert len(ITEMS) >= 400
    assert abs(count["en"] - count["ko"]) <= 0.1 * len(ITEMS)
    assert {item["kind"] for item in ITEMS} == KINDS
    unanswerable = Counter(item["language"] for item in ITEMS if not item["answerable"])
    assert unanswerable["en"] >= 30
    assert unanswerable["ko"] >= 30


def test_ids_and_questions_are_unique() -> None:
    assert len(BY_ID) == len(ITEMS)
    seen = Counter(flat(item["question"]) for item in ITEMS)
    assert [question for question, times in seen.items() if times > 1] == []


def pairs(text: str) -> set[str]:
    """Pairs of neighbouring letters and digits."""
    plain = flat(text)
    return {plain[at : at + 2] for at in range(len(plain) - 1)}


def test_no_two_questions_ask_the_same() -> None:
    """Questions that look alike ask of different things: other golds, or other key terms."""
    seen = {item["id"]: pairs(item["question"]) for item in ITEMS}
    twice = []
    for one, other in combinations(ITEMS, 2):
        a, b = seen[one["id"]], seen[other["id"]]
        if one["language"] != other["language"] or len(a & b) < 0.5 * len(a | b):
            continue
        golds = [{flat(gold) for gold in item["answers"]} for item in (one, other)]
        if golds[0] & golds[1] or (not golds[0] and one.get("key_terms") == other.get("key_terms")):
            twice.append((one["question"], other["question"]))
    assert twice == []


def test_fields() -> None:
    for item in ITEMS:
        name = item["id"]
        assert set(item) >= REQUIRED, name
        assert set(item) <= REQUIRED | OPTIONAL, name
        assert item["kind"] in KINDS, name
        assert item["difficulty"] in {"easy", "medium", "hard"}, name
        assert item["split"] in {"dev", "test"}, name
        assert item["cluster"] in LINES, name
        assert item["language"] == ("ko" if HANGUL.search(item["question"]) else "en"), name
        assert item["answerable"] is (item["kind"] != "unanswerable"), name
        assert bool(item["answers"]) is bool(item["spans"]) is item["answerable"], name
        assert len(set(item["answers"])) == len(item["answers"]), name


def test_a_note_is_wholly_in_one_split() -> None:
    splits: dict[str, set[str]] = {}
    for item in ITEMS:
        for source in {item["cluster"], *(span["source"] for span in item["spans"])}:
            splits.setdefault(source, set()).add(item["split"])
    assert {source: found for source, found in splits.items() if len(found) > 1} == {}


def test_every_note_is_asked_about() -> None:
    asked = Counter(item["cluster"] for item in ANSWERABLE)
    assert set(asked) == set(LINES)
    assert min(asked.values()) >= 6


def test_quotes_stand_in_one_line_of_their_note() -> None:
    for item in ANSWERABLE:
        for span in [*item["spans"], *item.get("also", [])]:
            found = any(span["quote"] in line for line in LINES[span["source"]])
            assert found, (item["id"], span)
        assert item["cluster"] in {span["source"] for span in item["spans"]}, item["id"]
        assert all(span["quote"] not in quotes(item) for span in item.get("also", []))


def test_the_quotes_bear_out_the_answer() -> None:
    """An accepted answer, or every part of a list, can be read in the quotes. Computed answers and
    times of a transcript have their own tests."""
    for item in ANSWERABLE:
        if "facts" in item or (item["kind"] == "transcript" and ":" in item["answers"][0]):
            continue
        said = flat(quotes(item))
        if "parts" in item:
            assert all(flat(part) in said for part in item["parts"]), item["id"]
        else:
            assert any(flat(answer) in said for answer in item["answers"]), item["id"]


def test_languages_of_question_and_quote() -> None:
    for item in ANSWERABLE:
        crossed = language(item["cluster"]) != item["language"]
        assert crossed is (item["kind"] == "cross"), item["id"]


def test_arithmetic_is_recomputed() -> None:
    computed = [item for item in ANSWERABLE if item["kind"] == "arithmetic" or "facts" in item]
    assert len(computed) >= 60
    for item in computed:
        given = number(item["answers"][0])
        assert given == pytest.approx(evaluate(item["facts"]), rel=0.016), item["id"]


def test_aliases_of_a_computed_answer_are_roundings_of_it() -> None:
    """Up to a power of ten, since an alias may carry the scale: `30` and `30 billion`."""
    for item in ANSWERABLE:
        if "facts" not in item:
            continue
        for answer in item["answers"]:
            given = number(answer)
            if given is None:  # a comparison with a sum in its facts may answer with a name
                continue
            off = math.log10(given / evaluate(item["facts"]))
            assert abs(off - round(off)) < math.log10(1.035), (item["id"], answer)


def test_transcript_times() -> None:
    for item in ANSWERABLE:
        if item["kind"] != "transcript":
            continue
        for span in item["spans"]:
            lines = LINES[span["source"]]
            at = next(n for n, line in enumerate(lines) if span["quote"] in line)
            assert lines[at - 1].startswith(span["start"]), item["id"]
            if ":" in item["answers"][0]:
                assert item["answers"][0] == span["start"], item["id"]


def test_no_question_copies_its_quote() -> None:
    for item in ANSWERABLE:
        asked = tokens(item["question"])
        for span in item["spans"]:
            run = longest_run(asked, tokens(span["quote"]))
            assert run < OVERLAP * len(asked), (item["id"], item["question"])
            if item["language"] == "ko":  # particles hide shared words, so characters count too
                letters = list("".join(item["question"].split()))
                run = longest_run(letters, list("".join(span["quote"].split())))
                assert run < OVERLAP * len(letters), (item["id"], item["question"])


def test_no_alias_matches_everywhere() -> None:
    """A scorer that looks for an alias inside a reply would find these in any."""
    for item in ANSWERABLE:
        for answer in item["answers"]:
            assert answer == answer.strip()
            assert flat(answer) not in {"", "no", "yes", "예", "아니오", "a", "b"}, item["id"]


def test_unanswerable_means_that_no_sentence_has_all_the_key_terms() -> None:
    sentences = [
        (path, sentence)
        for path, lines in LINES.items()
        for line in lines
        for sentence in re.split(r"(?<=[.?!]) ", line.lower())
    ]
    for item in ITEMS:
        if item["answerable"]:
            continue
        terms = [term.lower() for term in item["key_terms"]]
        assert terms, item["id"]
        assert item["reason"], item["id"]
        found = [pair for pair in sentences if all(term in pair[1] for term in terms)]
        assert found == [], (item["id"], item["question"])


def test_a_person_has_read_what_comes_nearest_to_each_unanswerable_question() -> None:
    """A changed note can bring an answer: then `python -m tests.corpus.nearest` shows it."""
    assert unread() == {}
    assert set(reviewed()) == {item["id"] for item in ITEMS if not item["answerable"]}


def test_the_card_carries_the_balance_table() -> None:
    card = DATASET.with_suffix(".card.md").read_text(encoding="utf-8")
    assert table() in card


def test_the_short_list_of_questions_is_answered_by_its_notes() -> None:
    path = Path(__file__).parents[1] / "questions.yaml"
    listed = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert [len(listed[part]) for part in ("english", "korean", "unanswerable")] == [20, 6, 8]
    for row in [*listed["english"], *listed["korean"]]:
        text = (CORPUS / row["source"]).read_text(encoding="utf-8")
        assert any(answer in text for answer in row["answers"]), row["question"]
