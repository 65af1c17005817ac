"""What is read from a sound file of each schema."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.scorers import scorer
from evals.tasks import load_task
from evals.tasks.base import GoldSpan, Task
from evals.tasks.formats.beir import load_beir
from evals.tasks.formats.dataset_schemas import SCHEMAS, recognise
from evals.tasks.formats.squad import load_squad
from evals.tasks.validate import validate
from pipeline.answers.parse import extract

from .samples import DOCS, beir_folder, documented, squad, write

SHARED = Path(__file__).parents[3] / "../shared/data"
SCHEMA_OF = {
    "harbour.yaml": "thinkscale",
    "numbers.jsonl": "thinkscale",
    "flags.jsonl": "thinkscale",
    "squad.json": "squad",
    "gsm8k.jsonl": "gsm8k",
    "svamp.json": "svamp",
    "hotpot.json": "hotpotqa",
    "mmlu_test.csv": "choice-csv",
    "kmmlu.csv": "choice-csv",
    "choices.jsonl": "choice",
}


def load(folder: Path, name: str) -> Task:
    return load_task(str(write(folder, name, documented()[name])))


def test_every_schema_has_an_example_on_the_page() -> None:
    assert set(documented()) == set(SCHEMA_OF)
    assert set(SCHEMA_OF.values()) | {"beir"} == set(SCHEMAS)


def test_every_generator_and_scorer_is_on_the_page() -> None:
    from evals.scorers import scorer_names
    from evals.tasks.formats.own import HEAD_FIELDS, ITEM_FIELDS
    from evals.tasks.registry import generators

    text = DOCS.read_text(encoding="utf-8")
    for name, found in generators().items():
        line = next(line for line in text.split("\n") if line.startswith(f"| `{name}` | "))
        for dial in found.dials:
            assert f"`{dial.name}` {dial.low}-{dial.high}" in line
    for name in (*scorer_names(), *HEAD_FIELDS, *ITEM_FIELDS):
        assert f"`{name}`" in text


@pytest.mark.parametrize("name", SCHEMA_OF)
def test_the_examples_of_the_page(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, name, documented()[name])
    schema = recognise(path, documented()[name])
    assert schema is not None
    assert schema.name == SCHEMA_OF[name]
    assert validate(path) == []
    task = load_task(str(path))
    assert task.items
    for item in task.items:
        if item.answerable and task.reading != "auto":
            gold = item.answers[0]
            assert scorer(task.scorer)(item, gold, gold).correct
    for found in task.exemplars.values():
        assert not {one.question for one in found} & {item.question for item in task.items}


@pytest.mark.parametrize("name", SCHEMA_OF)
@pytest.mark.parametrize("change", ["crlf", "bom", "renamed"])
def test_ways_of_saving_make_no_difference(tmp_path: Path, name: str, change: str) -> None:
    text = documented()[name]
    plain = load(tmp_path, name)
    if change == "renamed" and Path(name).suffix != ".csv":
        other = write(tmp_path, f"other/{Path(name).stem}.txt", text)
    else:
        data = text.replace("\n", "\r\n") if change == "crlf" else "\ufeff" + text
        other = write(tmp_path, f"other/{name}", data.encode("utf-8"))
    again = load_task(str(other))
    assert [i.question for i in again.items] == [i.question for i in plain.items]
    assert (again.reading, again.scorer, again.sha256) == (
        plain.reading,
        plain.scorer,
        plain.sha256,
    )


def test_our_own_yaml(tmp_path: Path) -> None:
    task = load(tmp_path, "harbour.yaml")
    keeper, crossings, captain = task.items
    assert (task.name, task.reading, task.scorer, task.notes) == (
        "harbour",
        "text",
        "contains",
        False,
    )
    assert keeper.answers == ("Anna Holm", "Holm")
    assert keeper.spans == (GoldSpan("The lighthouse", "Its keeper was Anna Holm."),)
    assert (keeper.kind, keeper.difficulty, keeper.split) == ("fact", "easy", "test")
    assert (crossings.language, crossings.answers) == ("ko", ("6번", "6"))
    assert (captain.answerable, captain.answers) == (False, ())
    assert [(p.id, p.headings) for p in task.passages] == [
        ("lamp", ("The lighthouse",)),
        ("ferry", ("The ferry",)),
    ]
    assert task.exemplars["en"][0].answer == "blue"


def test_our_own_jsonl(tmp_path: Path) -> None:
    task = load(tmp_path, "numbers.jsonl")
    crates, tide = task.items
    assert (task.reading, task.scorer, task.max_tokens) == ("number", "numeric", 96)
    assert tide.answers == ("1.27",)
    assert scorer("numeric")(tide, "", "1.26").correct
    assert not scorer("numeric")(crates, "", "41").correct
    flags = load(tmp_path, "flags.jsonl")
    assert (flags.reading, flags.scorer) == ("choice", "choice")
    assert flags.items[0].options == ("white and red", "blue", "yellow")


def test_yaml_is_read_as_it_is_written(tmp_path: Path) -> None:
    text = (
        "- id: 1\n  question: Is it?\n  answers: [no]\n"
        "- id: 02\n  question: When?\n  answers: [2021-03-01, 1.50]\n"
    )
    task = load_task(str(write(tmp_path, "a.yaml", text)))
    assert [(i.id, i.answers) for i in task.items] == [
        ("1", ("no",)),
        ("02", ("2021-03-01", "1.50")),
    ]


def test_how_answers_are_read_follows_from_the_golds(tmp_path: Path) -> None:
    rows = {
        "numeric": '{"id": "1", "question": "?", "answers": ["42"]}',
        "choice": '{"id": "1", "question": "?", "options": ["x", "y"], "answers": ["B"]}',
        "contains": '{"id": "1", "question": "?", "answers": ["a harbour"]}',
    }
    for name, row in rows.items():
        assert load_task(str(write(tmp_path, f"{name}.jsonl", row))).scorer == name


def test_squad(tmp_path: Path) -> None:
    path = write(tmp_path, "squad.json", squad())
    task = load_task(str(path))
    (item,) = task.items
    assert (task.scorer, item.answers, item.cluster) == ("squad", ("The ferry",), "Ferry")
    assert item.spans == (GoldSpan("Ferry", "The ferry was late."),)
    assert task.passages[0].id == item.passage
    assert set(task.exemplars) == {"en", "ko"}
    collection = load_squad(path)
    assert [(q.id, q.gains) for q in collection.queries] == [("q1", {"p1": 1})]
    impossible = write(tmp_path, "two.json", squad(answers=[], is_impossible=True))
    assert not load_task(str(impossible)).items[0].answerable


def test_korean_squad_is_scored_as_korquad(tmp_path: Path) -> None:
    path = write(tmp_path, "k.json", squad(question="무엇이 늦었나요?"))
    task = load_task(str(path))
    assert (task.scorer, task.items[0].language) == ("korquad", "ko")


def test_gsm8k(tmp_path: Path) -> None:
    (item,) = load(tmp_path, "gsm8k.jsonl").items
    assert item.answers == ("36",)
    assert item.difficulty == "2 steps"
    assert item.data["solution"].endswith("36.")
    row = '{"question": "How much?", "answer": "It is much.\\n#### -1,250.50"}'
    assert load_task(str(write(tmp_path, "b.jsonl", row))).items[0].answers == ("-1250.50",)


def test_svamp(tmp_path: Path) -> None:
    (item,) = load(tmp_path, "svamp.json").items
    assert (
        item.question == "The ferry had 26 cars on board. How many are left when 9 have driven off?"
    )
    assert (item.answers, item.kind) == (("17",), "Subtraction")


def test_hotpot(tmp_path: Path) -> None:
    task = load(tmp_path, "hotpot.json")
    (item,) = task.items
    assert [p.text for p in task.passages] == [
        "It was built in 1871. It is grey.",
        "She was born in 1840.",
    ]
    assert item.spans[0] == GoldSpan("Lighthouse", "It was built in 1871.")
    assert item.data["passages"] == [p.id for p in task.passages]
    columns = (
        '{"id": "h1", "question": "?", "answer": "yes", "context": {"title": ["L"], "sentences": '
        '[["It is old."]]}, "supporting_facts": {"title": ["L"], "sent_id": [0]}}'
    )
    other = load_task(str(write(tmp_path, "h.jsonl", columns)))
    assert other.items[0].spans == (GoldSpan("L", "It is old."),)


def test_multiple_choice_counts_from_what_its_schema_counts_from(tmp_path: Path) -> None:
    for name in ("mmlu_test.csv", "kmmlu.csv", "choices.jsonl"):
        (item,) = load(tmp_path, name).items
        assert item.answers == ("A",)
        assert len(item.options) == 4
    assert load(tmp_path, "mmlu_test.csv").items[0].kind == "mmlu"


@pytest.mark.parametrize(
    ("row", "gold"),
    [
        ('"choices": ["x", "y"], "answer": 1', "B"),
        ('"choices": ["x", "y"], "answer": "B"', "B"),
        ('"choices": ["x", "y"], "answer": "y"', "B"),
        ('"A": "x", "B": "y", "C": "z", "D": "w", "answer": 2', "B"),
        ('"choices": {"text": ["x", "y"], "label": ["1", "2"]}, "answerKey": "2"', "B"),
        ('"choices": {"text": ["x", "y"], "label": ["A", "B"]}, "answerKey": "B"', "B"),
        ('"options": {"A": "x", "B": "y"}, "answer": "B"', "B"),
        ('"choices": [{"text": "x", "label": "P"}, {"text": "y", "label": "Q"}], "label": "Q"', "B"),  # noqa: E501
    ],
)  # fmt: skip
def test_ways_to_write_a_choice(tmp_path: Path, row: str, gold: str) -> None:
    path = write(tmp_path, "c.jsonl", f'{{"question": "Which?", {row}}}\n')
    assert load_task(str(path)).items[0].answers == (gold,)


def test_beir(tmp_path: Path) -> None:
    folder = beir_folder(tmp_path / "set")
    assert validate(folder) == []
    task = load_task(str(folder))
    (item,) = task.items
    assert (task.scorer, item.passage, item.data["gains"]) == ("citations", "d1", {"d1": 1})
    assert [(q.id, q.gains) for q in load_beir(folder).queries] == [("q1", {"d1": 1})]


# --- real files, where they are -------------------------------------------------------------------


def shared(name: str) -> str:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    return str(path)


def test_the_real_svamp() -> None:
    task = load_task(shared("svamp.json"))
    assert len(task.items) == 1000
    assert {i.kind for i in task.items} == {
        "Addition", "Subtraction", "Multiplication", "Common-Division"
    }  # fmt: skip
    score = scorer(task.scorer)
    for item in task.items:
        found = extract(f"So the answer is {item.answers[0]}.", "number")
        assert found is not None
        assert score(item, "", found.text).correct
    worked = {one.question for found in task.exemplars.values() for one in found}
    assert not worked & {item.question for item in task.items}
    assert validate(Path(shared("svamp.json"))) == []


def test_the_real_xquad() -> None:
    task = load_task(shared("xquad.en.json"))
    assert (len(task.items), len(task.passages), task.scorer) == (1190, 240, "squad")
    assert len({item.cluster for item in task.items}) == 48
    texts = {passage.id: passage.text for passage in task.passages}
    for item in task.items:
        assert all(span.quote in texts[item.passage] for span in item.spans)
        assert any(answer in item.spans[0].quote for answer in item.answers)
        assert scorer("squad")(item, "", item.answers[0]).value == 1
    few = load_task(shared("xquad.en.json"), limit=100).items
    assert load_task(shared("xquad.en.json"), limit=30).items == few[:30]
    assert validate(Path(shared("xquad.en.json"))) == []
