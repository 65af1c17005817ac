from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

from pipeline.config import Config
from pipeline.errors import PromptError
from pipeline.retrieval import Index, open_index
from pipeline.retrieval.encoder import LightEncoder


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("Who described the language of bees?", "bees.md"),
        ("At how many degrees is bread baked?", "bread.md"),
        ("밀물은 왜 생기나요?", "바다.md"),
        ("감자는 언제 캐나?", "감자.md"),
        ("소금에서 쓴맛이 빠지려면?", "바다.md"),
    ],
)
def test_the_right_note_comes_first(
    lexical: Index, best: Callable[[Index, str], str], question: str, source: str
) -> None:
    assert best(lexical, question) == source


def test_hits_are_ordered_ranked_and_no_more_than_asked_for(lexical: Index) -> None:
    hits = lexical.search("bees honey winter dance bread flour", 3)
    assert len(hits) == 3
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert hits[0].ranks["words"] == 1
    assert "dense" not in hits[0].ranks


def test_glossary_lets_an_english_question_find_a_korean_note(lexical: Index) -> None:
    assert lexical.search("When are potatoes planted?", 1)[0].passage.source == "감자.md"


def test_passages_come_back_whole(lexical: Index) -> None:
    from pipeline.notes import cite

    passage = lexical.search("waggle dance", 1)[0].passage
    quote = cite(lexical.config.notes_path, passage, 0, len(passage.text)).quote
    assert passage.text.split()[0] in quote


def test_nothing_in_common_finds_nothing(lexical: Index) -> None:
    assert lexical.search("zzz qqq", 3) == []


@pytest.mark.parametrize(("question", "k"), [("", 3), ("  \n", 3), ("bread", 0)])
def test_useless_questions_are_refused(lexical: Index, question: str, k: int) -> None:
    with pytest.raises(PromptError):
        lexical.search(question, k)


@pytest.mark.parametrize("question", ["?!", "🙂", "\ud800", "a" * 5000, "가" * 5000, "\x00"])
def test_strange_questions_do_no_harm(lexical: Index, question: str) -> None:
    assert isinstance(lexical.search(question, 3), list)


@pytest.mark.model
def test_the_light_encoder_is_the_embedder(embedded_config: Config) -> None:
    from pipeline.retrieval.embedder import Embedder

    with open_index(embedded_config) as index:
        facts = index.manifest["encoder"]
        assert facts["kind"] == "light"
        assert facts["cosine"] >= 0.999
        texts = [index.passages[i].text for i in range(len(index.passages))]
        texts += ["x", "한국어 질문", "word " * 600]
        theirs = Embedder(embedded_config).questions(texts)
        light = LightEncoder(embedded_config.index_path / "encoders" / facts["name"])
        ours = np.stack([light.encode(text) for text in texts])
    assert (ours * theirs).sum(1).min() >= 0.999


@pytest.mark.model
def test_a_question_by_meaning(embedded_config: Config, best: Callable[[Index, str], str]) -> None:
    with open_index(embedded_config) as index:
        dense = index.search("insects keeping warm when it is cold", 1, arms=["dense"])
        assert dense[0].passage.source == "bees.md"
        assert dense[0].ranks == {"dense": 1}


@pytest.mark.model
def test_a_query_imports_nothing_heavy(embedded_config: Config) -> None:
    code = (
        "import sys; from pathlib import Path; from pipeline.config import load_config\n"
        "from pipeline.retrieval import ensure\n"
        f"index = ensure(load_config(Path({str(embedded_config.file)!r})))\n"
        "assert index.search('감자 심는 때', 3) and index.search('dance of bees', 3)\n"
        "assert 'dense' in index.search('dance of bees', 1)[0].ranks\n"
        "heavy = {'torch', 'sentence_transformers', 'transformers', 'kiwipiepy', 'scipy'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
