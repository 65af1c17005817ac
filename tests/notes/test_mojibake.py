"""Mis-decoded Korean: what is lost, what is known, and that sound text is never touched."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.notes import Document, cite
from pipeline.notes.mojibake import CODE_PAGES, LOST, damage, explains, is_damaged, mend
from pipeline.notes.mojibake.codepages import code_page
from pipeline.notes.mojibake.conjugation import attach
from pipeline.notes.mojibake.detection import damaged_lines, damaged_page
from pipeline.notes.mojibake.syllables import Counts, SyllableModel, in_alphabet
from tests.notes.fixtures import DAMAGED

Reader = Callable[..., Document]

SYLLABLE = st.integers(ord("가"), ord("힣")).map(chr)
KOREAN = "새벽에 내린 눈이 지붕마다 소복이 쌓였다. 아이들은 썰매를 끌고 언덕으로 달려갔다.\n"


def never() -> Counts:
    raise AssertionError("nothing was to be learnt")


@pytest.mark.parametrize(
    ("name", "lost"),
    [
        ("cp1253", "81 88 8a 8c 8d 8e 8f 90 98 9a 9c 9d 9e 9f aa"),
        ("cp1252", "81 8d 8f 90 9d"),
    ],
)
def test_the_bytes_that_leave_no_trace(name: str, lost: str) -> None:
    page = code_page(name)
    gone = [byte for byte in range(0x80, 0xC0) if byte not in page.chars]
    assert " ".join(f"{byte:02x}" for byte in gone) == lost


@given(SYLLABLE, st.sampled_from(CODE_PAGES), st.sampled_from(["", LOST, None]))
@settings(deadline=None)
def test_every_syllable_is_among_the_candidates_of_its_damage(
    syllable: str, name: str, lost: str | None
) -> None:
    page = code_page(name)
    damaged = damage(syllable, name, lost)
    match = page.pattern.fullmatch(damaged)
    assert match is not None
    assert syllable in page.hangul(damaged)
    assert explains(damaged, syllable)


@given(st.sampled_from("…→·“”‘’–①②、「」《》📄🚀"), st.sampled_from(CODE_PAGES))
@settings(deadline=None)
def test_signs_come_back(sign: str, name: str) -> None:
    damaged = damage(sign, name)
    if damaged and not damaged.isascii():
        assert code_page(name).sign(damaged)
    assert code_page(name).sign(damage("📄", "cp1253")) in ("📄", "")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
@settings(deadline=None)
def test_mending_never_changes_the_number_of_lines(text: str) -> None:
    if is_damaged(text):
        return  # needs the language model: below
    mended = mend(text, never)
    assert mended.text.count("\n") == text.count("\n")


SOUND = [
    KOREAN,
    "Η θάλασσα ήταν ήρεμη και ο ουρανός γαλανός· κάθε κύμα έφερνε μια νέα ιδέα στους ψαράδες.",
    "Même si l'île était déserte, les mêmes pêcheurs y étaient allés, forêt après forêt.",
    "Größe, Übermaß, façade, niño, Łódź, žluťoučký kůň, Ægir, þorn.",
    "λ = 0.5 μm, μ± 3, κ° 20; 5 µs – „ja“ … € 3 ½",
    "| λ | μ |\n|---|---|\n| 1 µm | 2 °C |",
    "êtes-vous là ? ëtre, ìn, ínto",
    "日本語の文章と한국어 문장, и русский текст.",
    "emoji 🎉 and — dashes “quotes” • bullets ™ © ®",
]


@pytest.mark.parametrize("text", SOUND)
def test_sound_text_is_left_alone(text: str) -> None:
    assert mend(text, never).text == text


@given(st.text(alphabet=st.characters(codec="iso8859-7", exclude_categories=["Cc"]), max_size=120))
@settings(deadline=None)
def test_greek_is_hardly_ever_taken_for_damage(text: str) -> None:
    letters = sum(character.isalpha() for character in text)
    if letters > 0.9 * max(len(text), 1):  # words, not a heap of signs
        assert mend(text, never).text == text or damaged_page(text)


@pytest.mark.parametrize("name", CODE_PAGES)
@pytest.mark.parametrize("lost", ["", LOST])
def test_damage_is_told_and_the_lines_that_show_it(name: str, lost: str) -> None:
    text = "# Notes\n" + damage(KOREAN, name, lost) + "GPT-2: 1.5 billion\n" + KOREAN
    assert damaged_page(text) == name
    assert damaged_lines(text, name) == [False, True, False, False, False]


def test_what_lost_nothing_is_undone_without_a_model() -> None:
    for damaged in (
        KOREAN.encode().decode("latin-1"),
        damage(KOREAN, "cp1252", None),
        damage(KOREAN, "cp1253", None),
        KOREAN.encode("euc-kr").decode("latin-1"),
    ):
        mended = mend(damaged, never)
        assert mended.text == KOREAN
        assert all(repair.how == "mojibake" for repair in mended.repairs)
    assert mend("It was cafÃ© time â€” again.", never).text == "It was café time — again."


@pytest.mark.model
@pytest.mark.parametrize("name", CODE_PAGES)
def test_what_lost_bytes_is_read_again(name: str) -> None:
    truth = KOREAN + "- GPT-2: 15억 개 (**2019년**), `x = 1`\n| 값 | 3.14 |\n"
    counts = Counts()
    counts.add(in_alphabet("눈이 쌓였다. 아이들은 썰매를 탔다."))
    damaged = damage(truth, name)
    mended = mend(damaged, lambda: counts)
    assert len(mended.text) == len(truth)
    right = sum(a == b for a, b in zip(truth, mended.text, strict=True) if "가" <= a <= "힣")
    assert right >= 0.9 * sum("가" <= c <= "힣" for c in truth)
    # All that is not Hangul is untouched, and every word leads back to its damage.
    for a, b in zip(truth, mended.text, strict=True):
        assert ("가" <= a <= "힣") == ("가" <= b <= "힣")
        assert "가" <= a <= "힣" or a == b
    for at in range(len(mended.text)):
        for run in mended.back.back(at, at + 1):
            assert explains(damaged[run.old_start : run.old_end], mended.text[at])
    assert all(0.5 < repair.confidence <= 1 for repair in mended.repairs)


@pytest.mark.model
def test_a_damaged_note_is_read_and_cited(read_text: Reader, tmp_path: Path) -> None:
    document = read_text(DAMAGED)
    assert document.source.language == "ko"
    assert document.source.title == "날씨 기록"
    text = document.passages[0].text
    assert "오늘은 아침부터 비가 내렸다." in text
    assert "12도" in text
    assert "35 mm" in text
    assert {repair.how for repair in document.report.repaired} == {"lossy mojibake"}
    quote = cite(tmp_path, document.passages[0], 0, len(text)).quote
    assert quote in DAMAGED
    assert "Seoul" in quote


MARKED = (
    "잔잔한 물결\u0343 위로 노를\u0344 젓는다. e\u0301 ê\u0301 \u2126\u0308 "
    "나루터\u0301\u0316까지\u3000멀다.\n"
)
"""Marks that composing changes, and a space that becomes a plain one."""
DAMAGE = {
    "latin-1": MARKED.encode().decode("latin-1"),
    "cp1252": damage(MARKED, "cp1252", None),
    "cp1253": damage(MARKED, "cp1253", None),
    "cp1252, lossy": damage(MARKED, "cp1252"),
    "cp1253, lossy": damage(MARKED, "cp1253"),
    "euc-kr": "나룻배가\u3000떠난다".encode("euc-kr").decode("latin-1"),
    # A mark stands in the place of the last byte of a syllable.
    "latin1.md": f"한글은 ì\x95\u0344{'름답다.'.encode().decode('latin-1')}",
}


@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param(text, id=how, marks=[pytest.mark.model] if "lossy" in how else [])
        for how, text in DAMAGE.items()
    ],
)
def test_what_was_mended_and_then_composed_is_cited(
    damaged: str, read_text: Reader, tmp_path: Path
) -> None:
    document = read_text(damaged)
    assert document.report.repaired
    for passage in document.passages:
        assert "\u0344" not in passage.text
        assert "\u3000" not in passage.text
        quote = cite(tmp_path, passage, 0, len(passage.text)).quote
        assert quote
        assert quote in damaged


@pytest.mark.model
def test_what_cannot_be_read_is_kept_and_reported() -> None:
    r = random.Random(4)
    tails = sorted(code_page("cp1253").tails)
    heap = "".join(r.choice("κλμν") + r.choice(["", *r.choices(tails, k=4)]) for _ in range(60))
    mended = mend(f"{heap}\n", Counts)
    (repair,) = mended.repairs
    assert not repair.readable
    assert mended.text == f"{heap}\n"
    assert "could not be read" in mended.problems[0]


@pytest.mark.parametrize(
    ("stem", "ending", "written"),
    [
        ("하", "ᆸ니다", "합니다"), ("먹", "ᆸ니다", "먹습니다"), ("가", "었", "갔"),
        ("보", "어", "봐"),
        ("되", "었", "됐"), ("배우", "어", "배워"), ("쓰", "었", "썼"), ("읽", "ᆫ", "읽은"),
        ("만들", "ᆫ", "만든"), ("크", "ᆫ", "큰"), ("좋", "어", "좋아"), ("먹", "면", "먹으면"),
        ("가리키", "어", "가리켜"), ("살", "면", "살면"), ("있", "ᆫ데", "있는데"),
        ("작", "었", "작았"),
    ],
)  # fmt: skip
def test_stems_and_endings(stem: str, ending: str, written: str) -> None:
    assert attach(stem, ending) == written


def test_the_syllable_model_sums_to_one_and_learns() -> None:
    counts = Counts()
    counts.add(" 바다는 넓다. 바다는 깊다. ")
    model = SyllableModel([counts])
    assert model.probability(" 바", "다") > model.probability(" 바", "람") > 0
    symbols = {symbol for row in counts.after.values() for symbol in row}
    assert sum(model.probability("바다", symbol) for symbol in symbols) <= 1
    assert in_alphabet("GPT-3는 1,750억 개") == "A-0는 0-0억 개".replace("0-0", "0,0")
