"""Question sets in the SQuAD schema (SQuAD, XQuAD, KorQuAD 1.0): a question's own paragraph is
the one right passage."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evals.tasks.collection import Collection, Query
from pipeline.errors import DatasetError
from pipeline.types import Passage, Place

__all__ = ["load_squad", "read_json"]


def read_json(path: Path) -> Any:
    """A JSON file. Raises DatasetError naming it."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise DatasetError(f"{path}: there is no such file.", "Check the path.") from None
    except (OSError, ValueError) as error:
        raise DatasetError(
            f"{path}: not a readable JSON file ({error}).", "Check the file."
        ) from None


def load_squad(path: Path) -> Collection:
    """Every paragraph is a passage (the same text twice is one), every question a query.

    Raises DatasetError with the place of the first thing that is not as the schema says: a missing
    key, a doubled question id, an answer that does not stand where it should.
    """
    from pipeline.notes import language_of

    data = read_json(path)
    if not isinstance(data, dict) or not isinstance(data.get("data"), list):
        raise DatasetError(f"{path}: has no `data` list.", "Is it in the SQuAD schema?")
    passages: dict[str, Passage] = {}
    queries: dict[str, Query] = {}
    for a, article in enumerate(data["data"]):
        try:
            title = str(article.get("title") or f"article {a}")
            for p, paragraph in enumerate(article["paragraphs"]):
                where = f"{path}: data[{a}].paragraphs[{p}]"
                text = paragraph["context"]
                if text not in passages:
                    name, number = f"{title}", len(passages) + 1
                    place = Place(name, p + 1, p + 1)
                    language = language_of(text)
                    passages[text] = Passage(f"p{number}", text, name, place, (), language)
                for question in paragraph["qas"]:
                    _add(queries, question, text, passages[text].id, title, where)
        except (KeyError, TypeError, AttributeError) as error:
            raise DatasetError(
                f"{path}: data[{a}] is not in the SQuAD schema ({type(error).__name__}: {error}).",
                "Mend or remove it.",
            ) from None
    if not queries:
        raise DatasetError(f"{path}: holds no question.", "Is it in the SQuAD schema?")
    return Collection(path.stem, tuple(passages.values()), tuple(queries.values()))


def _add(
    queries: dict[str, Query],
    question: dict[str, Any],
    text: str,
    passage: str,
    cluster: str,
    where: str,
) -> None:
    from pipeline.notes import language_of

    name = str(question["id"])
    if name in queries:
        raise DatasetError(f"{where}: the question id {name!r} is there twice.", "Rename one.")
    for answer in question.get("answers", []):
        start, words = answer["answer_start"], answer["text"]
        if text[start : start + len(words)] != words:
            raise DatasetError(
                f"{where}: the answer of {name!r} is not at character {start}.",
                "Mend answer_start.",
            )
    asked = str(question["question"]).strip()
    if not asked:
        raise DatasetError(f"{where}: the question {name!r} is empty.", "Mend or remove it.")
    queries[name] = Query(name, asked, language_of(asked), {passage: 1}, cluster)
