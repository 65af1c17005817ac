"""Bad input: every fault has its class, its line and a remedy, and nothing breaks."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evals.scorers import scorer
from evals.tasks import load_task
from evals.tasks.formats.problems import Problem
from evals.tasks.formats.question_files import JsonPlaces
from evals.tasks.validate import validate
from pipeline.errors import DatasetError, Filled, filled
from pipeline.text.messages import korean_of, translate

from .samples import beir_folder, documented, squad, write

GOOD = '{"id": "a", "question": "Why?", "answers": ["so"]}'
DEEP = "[" * 100_000


def only_english(sentence: str) -> list[str]:
    """What of a sentence, and of the sentences put into it, has no Korean line."""
    template, fields = sentence, {}
    if isinstance(sentence, Filled):
        template, fields = sentence.template, sentence.fields
    words = re.search("[A-Za-z]{2}", re.sub(r"\{\w+\}", "", template))
    lost = [template] if words and korean_of(template) == template else []
    return lost + [
        one for value in fields.values() if isinstance(value, Filled) for one in only_english(value)
    ]


def row(**fields: Any) -> str:
    return json.dumps({"id": "b", "question": "How?", "answers": ["thus"]} | fields)


FAULTS: list[tuple[str, str, Any, str, int, str]] = [
    # what it is, file name, content, fault, line, words in it
    ("malformed", "a.jsonl", f"{GOOD}\n{{oops\n", "malformed", 2, "not valid JSON"),
    ("a list", "a.jsonl", f"{GOOD}\n\n[1]\n", "malformed", 3, "a list, not a JSON object"),
    ("NaN", "a.jsonl", f"{GOOD}\n{row(data={'x': float('nan')})}", "malformed", 2, "NaN"),
    ("a key twice", "a.jsonl", GOOD + '\n{"id": "b", "id": "c"}', "malformed", 2, "there twice"),
    ("deep", "a.jsonl", f"{GOOD}\n{DEEP}", "malformed", 2, "too deeply"),
    ("an id twice", "a.jsonl", f"{GOOD}\n{row()}\n{row()}", "duplicate-id", 3, "first on line 2"),
    ("no gold", "a.jsonl", f"{GOOD}\n{row(answers=[])}", "no-gold", 2, "no correct answer"),
    ("an empty gold", "a.jsonl", f"{GOOD}\n{row(answers=['x', ' '])}", "no-gold", 2, "empty"),
    ("gold of nothing", "a.jsonl", row(answerable=False), "no-gold", 1, "cannot be answered"),
    ("unknown field", "a.jsonl", f"{GOOD}\n{row(awnsers=1)}", "unknown-field", 2, "mean `answers`"),
    ("no id", "a.jsonl", '{"question": "Why?", "answers": ["so"]}', "field", 1, "`id` is missing"),
    ("no question", "a.jsonl", row(question=" "), "field", 1, "no question"),
    ("a wrong type", "a.jsonl", row(question=["x"]), "field", 1, "`question` is no text"),
    ("no language", "a.jsonl", row(language="fr"), "field", 1, "'fr'"),
    ("both", "a.jsonl", row(answer="x"), "field", 1, "both"),
    ("a strange truth", "a.jsonl", row(answerable="maybe"), "field", 1, "`answerable`"),
    ("tolerance", "a.jsonl", row(tolerance=3), "field", 1, "`tolerance`"),
    ("half a character", "a.jsonl", row(question="\ud800"), "field", 1, "lone surrogate"),
    ("out of range", "a.jsonl", row(options=["x", "y"], answers=["C"]), "choice", 1, "its 2"),
    ("one option", "a.jsonl", row(options=["x"], answers=["A"]), "choice", 1, "1 options"),
    ("odd labels", "a.jsonl", row(options={"A": "x", "Q": "y"}), "choice", 1, "A, B"),
    ("an empty span", "a.jsonl", row(spans=[{"source": "n", "quote": ""}]), "span", 1, "is empty"),
    ("span elsewhere", "a.jsonl", row(context="It rained.", spans=[{"quote": "It snowed."}]),
     "span", 1, "does not stand in"),
    ("no such passage", "a.jsonl", row(passage="p9"), "span", 1, "unknown passage 'p9'"),
    ("bad head", "a.jsonl", '{"task": {"scorer": "numerc"}}\n' + GOOD, "field", 1, "no scorer"),
    ("head field", "a.jsonl", '{"task": {"sorer": "x"}}\n' + GOOD, "unknown-field", 1, "`scorer`"),
    ("nothing", "a.jsonl", "\n\n", "empty", 0, "is empty"),
    ("no items", "a.json", '{"items": []}', "empty", 0, "no question"),
    ("an empty list", "a.json", "[]", "empty", 0, "no question"),
    ("no schema", "a.json", '{"colour": "red"}', "unknown-schema", 1, "no schema"),
    ("prose", "a.txt", "It rained all day.", "unknown-schema", 1, "no schema"),
    ("not UTF-8", "a.jsonl", GOOD.encode() + b"\n\xff\xfa\n", "unreadable", 2, "0xFF is not UTF-8"),
    ("UTF-16", "a.jsonl", GOOD.encode("utf-16"), "unreadable", 1, "UTF-16"),
    ("NUL", "a.jsonl", f"{GOOD}\n\0", "unreadable", 2, "NUL"),
    ("bad YAML", "a.yaml", "items:\n  - id: a\n   question: x\n", "malformed", 3, "not valid YAML"),
    ("no list", "a.yaml", "items: red\n", "malformed", 1, "no list"),
    ("YAML id twice", "a.yaml", "- id: a\n  question: x\n  answers: [y]\n" * 2, "duplicate-id", 4,
     "first on line 1"),
    ("YAML tag", "a.yaml", "- !!python/object:os.system {}\n", "field", 1, "`id` is missing"),
    ("SQuAD place", "a.json", squad(answers=[{"text": "The ferry", "answer_start": 3}]), "span", 9,
     "not at character 3"),
    ("SQuAD key", "a.json", squad(question=None), "malformed", 9, "needs `id` and `question`"),
    ("SQuAD no gold", "a.json", squad(answers=[]), "no-gold", 9, "no correct answer"),
    ("SQuAD cut off", "a.json", json.dumps(squad(), indent=1)[:-20], "malformed", 19, "JSON"),
    ("SQuAD shape", "a.json", '{"data": [{"title": "x"}]}', "malformed", 1, "no `paragraphs`"),
    ("YAML alias", "a.yaml", "- &a {id: a, question: x}\n- *a\n", "malformed", 2, "an alias"),
    ("YAML in itself", "a.yaml", "&a [*a]\n", "malformed", 1, "an alias"),
    ("nested", "a.jsonl", f'{{"id": "a", "question": "x", "data": {{"d": {"[" * 99}{"]" * 99}}}}}',
     "field", 1, "too deeply"),
    ("GSM8K", "a.jsonl", documented()["gsm8k.jsonl"] + '{"question": "?", "answer": "36"}',
     "no-gold", 2, "#### number"),
    ("SVAMP", "a.json", '[{"Body": "b",\n "Question": "q", "ID": "1",\n "Answer": 1},\n'
     ' {"Body": "b", "Question": "q", "ID": "2"}]', "field", 4, "no `Answer`"),
    ("SVAMP number", "a.json", '[{"Body": "b", "Question": "q", "ID": "1", "Answer": "x"}]',
     "field", 1, "no number"),
    ("Hotpot", "a.json", '[{"_id": "1", "question": "?", "answer": "x", "supporting_facts": [], '
     '"context": [["t"]]}]', "malformed", 1, "HotpotQA schema"),
    ("MMLU letter", "a.csv", "q,1,2,3,4,A\nq,1,2,3,4,E\n", "choice", 2, "'E' is none"),
    ("MMLU cells", "a.csv", "q,1,2,3,4,A\nq,1,2,3,A\n", "malformed", 2, "5 cells"),
    ("KMMLU number", "a.csv", "question,answer,A,B,C,D\n?,0,w,x,y,z\n", "choice", 2, "'0'"),
    ("CSV quote", "a.csv", 'q,1,2,3,4,A\n"q,1,2\n', "malformed", 2, "not valid CSV"),
    ("choices range", "a.jsonl", '{"question": "?", "choices": ["x", "y"], "answer": 2}',
     "choice", 1, "'2' is none"),
    ("choices gold", "a.jsonl", '{"question": "?", "choices": ["x", "y"]}',
     "no-gold", 1, "`answer`"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "fault", "line", "words"),
    [case[1:] for case in FAULTS],
    ids=[case[0] for case in FAULTS],
)
def test_every_fault_has_its_class_and_line(
    tmp_path: Path, name: str, content: Any, fault: str, line: int, words: str
) -> None:
    path = write(tmp_path, name, content)
    (problem, *more) = validate(path)
    assert (problem.fault, problem.line) == (fault, line), problem
    assert words in f"{problem}"
    assert problem.remedy
    assert only_english(problem.error().what) + only_english(problem.remedy) == []
    assert more == []
    with pytest.raises(DatasetError) as raised:
        load_task(str(path))
    said = str(raised.value)
    assert said == str(problem)
    assert said.startswith(f"{path}:{line}: " if line else f"{path}: ")
    assert "\n" not in said


def test_the_classes_of_faults_are_all_met() -> None:
    from typing import get_args

    from evals.tasks.formats.problems import Fault

    assert {case[3] for case in FAULTS} == set(get_args(Fault))


def test_all_problems_are_told_and_the_sound_items_kept(tmp_path: Path) -> None:
    lines = [GOOD, "{", row(), row(), row(id="c", answers=[]), row(id="d", kinds="x"), row(id="e")]
    problems = validate(write(tmp_path, "a.jsonl", "\n".join(lines)))
    assert [(p.line, p.fault) for p in problems] == [
        (2, "malformed"),
        (4, "duplicate-id"),
        (5, "no-gold"),
        (6, "unknown-field"),
    ]


@pytest.mark.parametrize(
    ("files", "fault", "where", "words"),
    [
        ({"corpus": '{"_id": "d1"}\n'}, "field", "corpus.jsonl:1", "`_id` and `text`"),
        ({"corpus": '{"_id": "d1", "text": "x"}\n' * 2}, "duplicate-id", "corpus.jsonl:2", "twice"),
        ({"qrels": "q1\td1\tmuch\n"}, "malformed", "test.tsv:2", "a whole number"),
        ({"qrels": "h\th\th\nq9\td1\t1\n"}, "span", "test.tsv:2", "unknown question 'q9'"),
        ({"qrels": "h\th\th\nq1\td9\t1\n"}, "span", "test.tsv:2", "unknown passage 'd9'"),
        ({"qrels": "h\th\th\nq1\td1\t0\n"}, "empty", "queries.jsonl", "no question"),
    ],
)
def test_faults_of_beir(
    tmp_path: Path, files: dict[str, str], fault: str, where: str, words: str
) -> None:
    if "much" in files.get("qrels", ""):
        files = {"qrels": "h\th\th\n" + files["qrels"]}
    problems = validate(beir_folder(tmp_path, **files))
    assert problems[0].fault == fault
    assert problems[0].where.endswith(where)
    assert words in problems[0].what
    assert only_english(problems[0].error().what) + only_english(problems[0].remedy) == []


def test_a_fault_is_said_in_korean(tmp_path: Path) -> None:
    (fault,) = validate(write(tmp_path, "a.jsonl", row(tempo=1)))
    assert str(fault).endswith("a.jsonl:1: the item has the unknown field 'tempo'. " + fault.remedy)
    said = translate(fault.error().what, "ko")
    assert said == f"{tmp_path / 'a.jsonl'}:1: 문항에 모르는 필드 'tempo'가 있습니다."
    (lost,) = validate(write(tmp_path, "b.jsonl", "[1]"))
    assert translate(lost.error().what, "ko").endswith("b.jsonl:1: JSON 객체가 아니라 목록입니다.")
    whole = filled("{where}: {what}", where="a", what=filled("{x} is odd.", x="b"))
    assert only_english(whole) == ["{x} is odd."]  # the test can fail
    assert only_english("nobody translated this") != []


def test_folders_that_are_none(tmp_path: Path) -> None:
    assert validate(tmp_path)[0].fault == "unknown-schema"
    folder = beir_folder(tmp_path / "set")
    (folder / "qrels/test.tsv").unlink()
    assert "no qrels" in validate(folder)[0].what
    with pytest.raises(DatasetError, match="split 'dev'"):
        load_task(str(beir_folder(tmp_path / "two")), split="dev")


def test_a_fact_that_points_nowhere_is_a_warning(tmp_path: Path) -> None:
    text = documented()["hotpot.json"].replace('["Anna Holm", 0]', '["Anna Holm", 7]')
    path = write(tmp_path, "h.json", text)
    (problem,) = validate(path)
    assert problem.warning
    assert only_english(problem.error().what) == []
    assert len(load_task(str(path)).items[0].spans) == 1


def test_gold_spans_are_looked_up_in_the_notes(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    write(notes, "a.md", "# Ferry\n\nThe ferry   was late.\n")
    rows = [
        row(id="1", spans=[{"source": "a.md", "quote": "The ferry was late."}]),
        row(id="2", spans=[{"source": "a.md", "quote": "The ferry was early."}]),
        row(id="3", spans=[{"source": "b.md", "quote": "The ferry was late."}]),
        row(id="4", spans=[{"source": "../a.md", "quote": "The ferry was late."}]),
    ]
    path = write(tmp_path, "a.jsonl", "\n".join(rows))
    assert validate(path) == []  # without notes there is nowhere to look
    problems = validate(path, notes)
    assert [(p.line, p.fault) for p in problems] == [(2, "span"), (3, "span"), (4, "span")]
    assert "does not stand in 'a.md'" in problems[0].what
    assert "'b.md' is not in" in problems[1].what
    assert [one for p in problems for one in only_english(p.error().what)] == []


@pytest.mark.parametrize("name", sorted(documented()))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_damage_breaks_it(tmp_path: Path, name: str, data: st.DataObject) -> None:
    whole = documented()[name].encode("utf-8")
    start = data.draw(st.integers(0, len(whole)))
    end = min(len(whole), start + data.draw(st.integers(0, 30)))
    patch = data.draw(st.binary(max_size=6) | st.sampled_from([b"\n", b'"', b"}", b"[", b"null"]))
    path = write(tmp_path, name, whole[:start] + patch + whole[end:])
    problems = validate(path)
    faults = [p for p in problems if not p.warning]
    for problem in problems:
        assert "\n" not in str(problem)
        assert 0 <= problem.line <= path.read_bytes().count(b"\n") + 1
    if faults:
        with pytest.raises(DatasetError):
            load_task(str(path))
    else:
        assert load_task(str(path)).items


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    content=st.binary(max_size=300),
    suffix=st.sampled_from([".jsonl", ".json", ".yaml", ".csv", ""]),
)
def test_no_bytes_break_it(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"any{suffix}"
    path.write_bytes(content)
    assert all(isinstance(problem, Problem) for problem in validate(path))


def _replaced(value: Any, data: st.DataObject) -> Any:
    """A JSON value with something else somewhere in it."""
    if isinstance(value, dict | list) and value and data.draw(st.integers(0, 4)):
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = data.draw(st.sampled_from(keys))
        value = dict(value) if isinstance(value, dict) else list(value)
        value[key] = _replaced(value[key], data)
        return value
    return data.draw(JSON | st.just(1e999) | st.booleans() | st.just({}) | st.just([]))


@pytest.mark.parametrize("name", [n for n in sorted(documented()) if ".json" in n])
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_value_of_another_type_breaks_it(tmp_path: Path, name: str, data: st.DataObject) -> None:
    text = documented()[name]
    if name.endswith(".jsonl"):
        changed = "\n".join(
            json.dumps(_replaced(json.loads(line), data)) for line in text.splitlines()
        )
    else:
        changed = json.dumps(_replaced(json.loads(text), data))
    path = write(tmp_path, name, changed)
    if any(not problem.warning for problem in validate(path)):
        with pytest.raises(DatasetError):
            load_task(str(path))
    else:
        task = load_task(str(path))
        assert all(scorer(task.scorer)(item, "x", "x").value <= 1 for item in task.items)


JSON = st.recursive(
    st.integers(-99, 99) | st.text(max_size=5) | st.none(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(JSON)
def test_the_line_of_a_value_is_where_it_is_written(value: Any) -> None:
    text = json.dumps(value, indent=1, ensure_ascii=False)
    places, lines = JsonPlaces(text), text.split("\n")

    def check(found: Any, way: tuple[str | int, ...]) -> None:
        line = lines[places.line(way) - 1]
        opening = json.dumps(found, indent=1, ensure_ascii=False).split("\n")[0]
        key = (
            f"{json.dumps(way[-1], ensure_ascii=False)}: "
            if way and isinstance(way[-1], str)
            else ""
        )
        assert re.fullmatch(rf"\s*{re.escape(key + opening)},?", line)
        if isinstance(found, list):
            found = dict(enumerate(found))
        for step, inner in found.items() if isinstance(found, dict) else ():
            check(inner, (*way, step))

    check(value, ())
