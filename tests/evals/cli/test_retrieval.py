"""`thinkscale eval retrieval`: every kind of question set, and what a bad one gets."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.cli import _run
from tests.evals.retrieval.test_ways import dataset
from tests.retrieval.conftest import NOTES, make_config, write_notes

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    write_notes(tmp_path / "notes", NOTES)
    config = make_config(tmp_path)

    def go(*args: object) -> tuple[int, str, str]:
        code = _run(["eval", "retrieval", *map(str, args), "--config", str(config.file)])
        out, err = capsys.readouterr()
        return code, out, err

    return go


def squad(folder: Path) -> Path:
    texts = {
        "Bees": ["A bee dances on the comb to show the way.", "Workers shiver in winter."],
        "Bread": ["Bread is baked with steam.", "A starter is fed every day with flour."],
    }
    questions = {
        "A bee dances on the comb to show the way.": "Where does a bee dance?",
        "Workers shiver in winter.": "When do workers shiver?",
        "Bread is baked with steam.": "With what is bread baked?",
    }
    data = [
        {
            "title": title,
            "paragraphs": [
                {
                    "context": text,
                    "qas": [
                        {
                            "id": text[:8],
                            "question": questions[text],
                            "answers": [
                                {"text": text.split()[-1], "answer_start": text.rindex(" ") + 1}
                            ],
                        }
                    ]
                    if text in questions
                    else [],
                }
                for text in paragraphs
            ],
        }
        for title, paragraphs in texts.items()
    ]
    file = folder / "squad.json"
    file.write_text(json.dumps({"data": data}), encoding="utf-8")
    return file


def beir(folder: Path) -> Path:
    where = folder / "beir"
    (where / "qrels").mkdir(parents=True)
    corpus = [
        {"_id": "d1", "title": "Bees", "text": "A bee dances on the comb."},
        {"_id": "d2", "title": "Bread", "text": "Bread is baked with steam."},
        {"_id": "d3", "title": "", "text": "Steam keeps the crust of bread soft."},
    ]
    queries = [
        {"_id": "q1", "text": "What does steam do to bread?"},
        {"_id": "q2", "text": "Who dances?"},
    ]
    (where / "corpus.jsonl").write_text("\n".join(map(json.dumps, corpus)), encoding="utf-8")
    (where / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)), encoding="utf-8")
    for split, lines in {"test": ["q1\td3\t2", "q1\td2\t1"], "dev": ["q2\td1\t1"]}.items():
        (where / "qrels" / f"{split}.tsv").write_text(
            "query-id\tcorpus-id\tscore\n" + "\n".join(lines) + "\n", encoding="utf-8"
        )
    return where


def means(out: str) -> dict[tuple[str, str, str], float]:
    rows = json.loads(out)["rows"]
    return {(row["language"], row["run"], row["metric"]): row["mean"] for row in rows}


def test_squad(run: Run, tmp_path: Path) -> None:
    code, out, _ = run(squad(tmp_path), "--json", "--trec", tmp_path / "run.trec")
    assert code == 0
    found = json.loads(out)
    assert (found["passages"], found["questions"]) == (4, 3)
    assert found["ndcg"] == "linear gain, log2 discount"
    assert means(out)["en", "fused", "recall@1"] == 1
    assert set(found["seconds_a_question"]) == {"fused", "words", "grams", "headings"}
    lines = (tmp_path / "run.trec").read_text(encoding="utf-8").splitlines()
    assert {line.split()[5] for line in lines} == {"fused", "words", "grams"}


def test_beir_by_split(run: Run, tmp_path: Path) -> None:
    folder = beir(tmp_path)
    _, out, _ = run(folder, "--json")
    assert json.loads(out)["questions"] == 1
    assert means(out)["en", "words", "recall@5"] == 1
    _, out, _ = run(folder, "--split", "dev", "--json")
    assert means(out)["en", "words", "recall@1"] == 1


def test_questions_about_the_notes(run: Run, tmp_path: Path) -> None:
    code, out, err = run(dataset(tmp_path), "--diversity", "0.3", "--neighbours", "1")
    assert (code, err) == (0, "")
    assert "all@5" in out
    assert "en to ko" in out
    for way in ("fused", "words", "diversity 0.3", "neighbours 1"):
        assert way in out
    assert not (tmp_path / "index").exists()  # the user's own index is not touched


def test_a_note_that_lost_its_gold_is_told(run: Run, tmp_path: Path) -> None:
    row = {
        "id": "9",
        "question": "Who?",
        "spans": [{"source": "bees.md", "quote": "not there at all"}],
    }
    code, out, err = run(dataset(tmp_path, row), "--json")
    assert code == 0
    assert "1 questions have quotes" in err
    assert json.loads(out)["notices"]


def test_the_first_questions_alone(run: Run, tmp_path: Path) -> None:
    _, out, _ = run(squad(tmp_path), "--limit", "1", "--json")
    assert json.loads(out)["questions"] == 1


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["nowhere.json"], "nowhere.json"),
        (["nowhere.jsonl"], "there is no such file"),
        (["squad.json", "--split", "dev"], "has no splits"),
        (["squad.json", "--limit", "0"], "--limit"),
        (["squad.json", "--diversity", "2"], "--diversity"),
        (["beir", "--split", "train"], "train.tsv"),
        (["empty"], "corpus.jsonl"),
    ],
)
def test_a_mistake_is_one_line(run: Run, tmp_path: Path, args: list[str], words: str) -> None:
    squad(tmp_path)
    beir(tmp_path)
    (tmp_path / "empty").mkdir()
    code, out, err = run(tmp_path / args[0], *args[1:])
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.model
def test_reranking_is_measured(run: Run, tmp_path: Path) -> None:
    code, out, err = run(squad(tmp_path), "--rerank", "--json")
    assert code == 0, err
    assert ("en", "reranked", "recall@1") in means(out)
    assert json.loads(out)["seconds_a_question"]["reranked"] > 0
