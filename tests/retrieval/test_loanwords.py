from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.answering.loop import run
from pipeline.answering.prepare import Prepared, PrepareSettings, QuestionRequest, prepare
from pipeline.answering.search import OrderedIndex
from pipeline.engine.base import Engine
from pipeline.retrieval import Index, build, open_index
from pipeline.retrieval.loanwords import Spellings, score
from pipeline.retrieval.morphemes import Lexicon
from pipeline.retrieval.sparse import TokenTable, build_sparse
from pipeline.strategies import Access
from pipeline.text.letter_names import letters_of
from pipeline.text.tokens import latin_tokens, stem, token_id
from tests.retrieval.conftest import make_config, write_notes

NOTES = {
    "orchestra.md": """# 관현악

## 악기

violin은 네 줄을 활로 켠다. violin의 줄은 완전 5도 간격으로 맞춘다. 연습은 아침에 한다.

## 빠르기

tempo는 박의 빠르기이다. 지휘자는 tempo를 손으로 보인다. 템포가 바뀌면 고개를 든다.

## 조율

violins are tuned before the oboe. 조율에는 십 분이 걸린다. tempo는 그 뒤에 정한다.

## 연습

느린 tempo로 시작한다. 메트로놈은 벽에 걸려 있다.
""",
    "세포.md": """# 세포

## 발전소

미토콘드리아는 산소로 힘을 만든다. 세포마다 수백 개가 있다. 제 유전자를 따로 가진다.

## 벽

식물의 세포에는 벽이 있다. 벽은 물을 지나가게 한다.
""",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("loanwords")
    write_notes(folder / "notes", NOTES)
    config = make_config(folder)
    build(config)
    with open_index(config) as opened:
        yield opened


def asked(index: Index, question: str) -> Prepared:
    def no_engine() -> Engine:
        raise AssertionError("no model is asked here")

    notes, rules = OrderedIndex(index), PrepareSettings(languages=())
    return run(
        prepare(QuestionRequest(question, Access("ask")), rules, notes), no_engine, notes.look_up
    )


def test_a_loanword_finds_the_latin_word_of_the_notes(index: Index) -> None:
    question = "바이올린의 줄은 어떤 간격으로 맞추나?"
    assert index.respelled(question).text == "violin의 줄은 어떤 간격으로 맞추나?"
    prepared = asked(index, question)
    assert prepared.text == question
    assert prepared.quotation is not None
    assert "완전 5도" in prepared.quotation.text


def test_it_stands_in_the_place_of_what_the_notes_lack(index: Index) -> None:
    loanword, latin = index.terms("바이올린의 줄"), index.terms("violin의 줄")
    assert loanword.asked == latin.asked
    assert loanword.known == latin.known == 1.0


def test_the_other_way_round(index: Index) -> None:
    assert index.respelled("What do mitochondria make?").text == "What do 미토콘드리아 make?"
    assert index.search("What do mitochondria make?", 1)[0].passage.source == "세포.md"


def test_two_spellings_in_the_notes_are_one_term(index: Index) -> None:
    terms = index.terms("템포가 뭐야?")
    assert terms.share("tempo는 박의 빠르기이다.") == terms.share("템포가 바뀌면") > 0


def test_near_misses_are_not_answered_by_it(index: Index) -> None:
    question = "바이올린을 발명한 사람은 누구야?"
    assert "violin" in index.respelled(question).text
    assert asked(index, question).quotation is None
    latin = asked(index, question.replace("바이올린", "violin"))
    assert asked(index, question).sure == latin.sure


@pytest.mark.parametrize(
    "question",
    [
        "지붕은 언제 고치나요?",
        "violin 5는 어디 있어?",
        "슬라이드 3에 뭐가 있어?",
        "What is said on page 7?",
        "",
    ],
)
def test_other_words_stay(index: Index, question: str) -> None:
    assert index.respelled(question).text == question


def spellings(*texts: str) -> Spellings:
    arm = build_sparse(TokenTable.from_tokens([latin_tokens(text) for text in texts]))
    return Spellings(texts, Lexicon.from_runs({}), arm)


def test_all_forms_of_a_word_count_as_it() -> None:
    words = spellings("cookies are sent", "every cookie", "a cookie is kept")
    found = words.respelled("쿠키는 무엇인가")
    assert found.text == "cookie는 무엇인가"
    assert found.same == {token_id(stem("cookies")): token_id(stem("cookie"))}


def test_what_is_stored_beside_the_text_is_no_word_of_the_notes() -> None:
    arm = build_sparse(TokenTable.from_tokens([["router"]] * 3))
    words = Spellings(['{"heading": "router\\nrouting"}'] * 3, Lexicon.from_runs({}), arm)
    assert words.respelled("헤딩").text == "헤딩"
    assert words.respelled("라우터").text == "router"


def test_a_word_of_another_meaning_is_less_likely() -> None:
    others = [("plain", 0.97), ("plane", 0.95)]
    found = score("플레인", others, lambda one, other: 0.9 if other == "plane" else 0.8)
    assert found is not None
    assert found[0] == "plane"
    far = score("플레인", others[:1], lambda one, other: 0.8)
    near = score("플레인", others[:1], lambda one, other: 0.9)
    assert far is not None
    assert near is not None
    assert far[1] < near[1]
    assert score("플레인", [], None) is None


@given(st.text(alphabet="가나다라카테미스 abcxyz0?\n\\\ud800", max_size=40))
def test_any_question_can_be_asked(question: str) -> None:
    words = spellings("tempo scale", "tempo", "\ud800 camera")
    assert isinstance(words.respelled(question).text, str)


def test_an_abbreviation_by_the_names_of_its_letters_is_the_one_of_the_notes() -> None:
    notes = spellings("The DNA is copied; DNA is long.", "An M-RNA carries it.", "오이는 DN이다.")
    assert notes.respelled("디엔에이의 길이는?").text == "DNA의 길이는?"
    assert notes.respelled("엠알엔에이가 뭐야").text == "M-RNA가 뭐야"
    assert notes.respelled("에이티피가 뭐야").text == "에이티피가 뭐야"  # the notes have none
    assert notes.respelled("오이는 몇 개야").text == "오이는 몇 개야"


def test_two_words_that_korean_writes_as_one_are_found_together() -> None:
    notes = spellings("The sub-marine base.", "A water meter, a water meter.")
    assert notes.respelled("서브마린은 어디에?").text == "sub marine은 어디에?"
    assert notes.respelled("워터미터는 어디에?").text == "water meter는 어디에?"
    once = spellings("A water meter stands there. It is blue.")
    assert once.respelled("워터미터는 어디에?").text == "워터미터는 어디에?"


@pytest.mark.parametrize(
    ("word", "letters"),
    [("에이치티티피", "http"), ("알엔에이", "rna"), ("시피유", "cpu"), ("엠알아이", "mri"),
     ("디비", ""), ("이유", ""), ("오이", ""), ("엔진", ""), ("엔", ""), ("", "")],
)  # fmt: skip
def test_names_of_letters(word: str, letters: str) -> None:
    assert letters_of(word) == letters


@given(st.text("에이치비씨디프지아제케엘엠엔오피큐알스티유브더블와트가나", max_size=8))
def test_letters_are_those_that_the_names_say(word: str) -> None:
    letters = letters_of(word)
    assert len(letters) != 1
    assert letters == "" or len(letters) <= len(word)
    assert letters_of(word + "가") == ""
