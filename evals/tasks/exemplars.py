"""Worked examples for question sets that bring none, written for this project."""

from __future__ import annotations

from pipeline.prompts.exemplar import Exemplar

__all__ = ["ratios", "reading", "word_problems"]


def word_problems() -> dict[str, tuple[Exemplar, ...]]:
    """Small stories with numbers, one or two steps each; some name a number that is not needed."""
    return {"en": _WORD_PROBLEMS_EN, "ko": _WORD_PROBLEMS_KO}


def ratios() -> dict[str, tuple[Exemplar, ...]]:
    """How many times as many of something one thing has as another."""
    return {"en": _RATIOS_EN, "ko": _RATIOS_KO}


def reading() -> dict[str, tuple[Exemplar, ...]]:
    """A short text with a question about it, answered in the words of the text."""
    return {"en": _READING_EN, "ko": _READING_KO}


_WORD_PROBLEMS_EN = (
    Exemplar(
        "The ferry took on 26 cars in the first harbour and 17 in the second. How many cars were "
        "on board when it left the second harbour?",
        "43",
        "The ferry had 26 cars and took on 17 more. 26 + 17 = 43.",
    ),
    Exemplar(
        "A baker had 52 rolls in the morning and 9 cakes. By noon 38 rolls had been sold. How many "
        "rolls were left?",
        "14",
        "Only the rolls are asked for, so the cakes do not matter. 52 - 38 = 14.",
    ),
    Exemplar(
        "Each shelf of the library holds 24 atlases. How many atlases do 6 such shelves hold?",
        "144",
        "There are 6 shelves with 24 atlases each. 6 * 24 = 144.",
    ),
    Exemplar(
        "Mina planted 84 tulips in 7 equal rows and later added 5 tulips to the first row. How "
        "many tulips stand in the first row?",
        "17",
        "Each row got 84 / 7 = 12 tulips. The first row then got 5 more. 12 + 5 = 17.",
    ),
)

_WORD_PROBLEMS_KO = (
    Exemplar(
        "여객선이 첫째 항구에서 자동차 26대를 싣고 둘째 항구에서 17대를 더 실었습니다. 둘째 항구를 "
        "떠날 때 배에는 자동차가 몇 대 있었나요?",
        "43",
        "26대가 있었고 17대를 더 실었습니다. 26 + 17 = 43.",
    ),
    Exemplar(
        "빵집에 아침에 롤빵 52개와 케이크 9개가 있었습니다. 정오까지 롤빵 38개가 팔렸습니다. 남은 "
        "롤빵은 몇 개인가요?",
        "14",
        "롤빵만 물었으므로 케이크는 상관없습니다. 52 - 38 = 14.",
    ),
    Exemplar(
        "도서관 책장 하나에 지도책이 24권씩 꽂혀 있습니다. 이런 책장 6개에는 지도책이 모두 몇 권 "
        "있나요?",
        "144",
        "책장 6개에 24권씩 있습니다. 6 * 24 = 144.",
    ),
    Exemplar(
        "미나는 튤립 84송이를 7줄에 똑같이 나누어 심고, 나중에 첫째 줄에 5송이를 더 심었습니다. "
        "첫째 줄에는 튤립이 몇 송이 있나요?",
        "17",
        "한 줄에 84 / 7 = 12송이씩 심었습니다. 첫째 줄에는 5송이가 더 있습니다. 12 + 5 = 17.",
    ),
)

_READING_EN = (
    Exemplar(
        "The lighthouse on the cape was built of grey granite in 1871. Its keeper, Anna Holm, lit "
        "the lamp every evening for thirty years.\n\nWho kept the lighthouse?",
        "Anna Holm",
        "The text says that its keeper was Anna Holm.",
    ),
    Exemplar(
        "Barley is soaked for two days before it is spread out to sprout. After five days the "
        "sprouts are dried over a slow fire.\n\nHow long is barley soaked?",
        "two days",
        "The text says that barley is soaked for two days before it is spread out.",
    ),
    Exemplar(
        "The eastern gate of the old town was torn down to make room for the tram. Its bell was "
        "moved to the school.\n\nWhy was the eastern gate torn down?",
        "to make room for the tram",
        "The text says that the gate was torn down to make room for the tram.",
    ),
)

_READING_KO = (
    Exemplar(
        "곶 위의 등대는 1871년에 회색 화강암으로 지어졌다. 등대지기 안나 홀름은 삼십 년 동안 "
        "저녁마다 등을 밝혔다.\n\n등대지기는 누구였나요?",
        "안나 홀름",
        "본문에 등대지기는 안나 홀름이라고 나온다.",
    ),
    Exemplar(
        "보리는 이틀 동안 물에 담근 뒤 펼쳐서 싹을 틔운다. 닷새가 지나면 약한 불에 싹을 말린다.\n\n"
        "보리는 얼마 동안 물에 담그나요?",
        "이틀",
        "본문에 보리는 이틀 동안 물에 담근다고 나온다.",
    ),
    Exemplar(
        "구시가의 동문은 전차가 다닐 자리를 내려고 헐었다. 그 종은 학교로 옮겼다.\n\n"
        "동문의 종은 어디로 옮겼나요?",
        "학교",
        "본문에 동문의 종은 학교로 옮겼다고 나온다.",
    ),
)

_RATIOS_EN = (
    Exemplar(
        "The Alder engine has 12 valves. The Birch engine has 4 valves.\n\n"
        "How many times as many valves does the Alder engine have as the Birch engine?",
        "3",
        "The Alder engine has 12 and the Birch engine has 4. 12 / 4 = 3.",
    ),
    Exemplar(
        "The old mill has 30 windows. The new mill has 75 windows.\n\n"
        "How many times as many windows does the new mill have as the old mill?",
        "2.5",
        "The new mill has 75 and the old mill has 30. 75 / 30 = 2.5.",
    ),
    Exemplar(
        "Line A has 9 stations, line B has 15 stations and line C has 6 stations.\n\n"
        "How many times as many stations do line A and line B together have as line C?",
        "4",
        "Line A and line B have 9 + 15 = 24 and line C has 6. 24 / 6 = 4.",
    ),
    Exemplar(
        "The north library has 1.2 million books. The south library has 400 thousand books.\n\n"
        "How many times as many books does the north library have as the south library?",
        "3",
        "The north library has 1,200,000 and the south library 400,000. 1,200,000 / 400,000 = 3.",
    ),
)

_RATIOS_KO = (
    Exemplar(
        "오리 엔진의 밸브는 12개이다. 참새 엔진의 밸브는 4개이다.\n\n"
        "오리 엔진의 밸브 수는 참새 엔진의 몇 배인가요?",
        "3",
        "오리 엔진은 12개, 참새 엔진은 4개입니다. 12 / 4 = 3.",
    ),
    Exemplar(
        "옛 방앗간의 창문은 30개이다. 새 방앗간의 창문은 75개이다.\n\n"
        "새 방앗간의 창문 수는 옛 방앗간의 몇 배인가요?",
        "2.5",
        "새 방앗간은 75개, 옛 방앗간은 30개입니다. 75 / 30 = 2.5.",
    ),
    Exemplar(
        "가 노선의 역은 9개, 나 노선의 역은 15개, 다 노선의 역은 6개이다.\n\n"
        "가 노선, 나 노선을 합한 것의 역 수는 다 노선의 몇 배인가요?",
        "4",
        "가 노선과 나 노선은 9 + 15 = 24개, 다 노선은 6개입니다. 24 / 6 = 4.",
    ),
    Exemplar(
        "북쪽 도서관의 책은 120만 권이다. 남쪽 도서관의 책은 40만 권이다.\n\n"
        "북쪽 도서관의 책 수는 남쪽 도서관의 몇 배인가요?",
        "3",
        "북쪽 도서관은 120만 권, 남쪽 도서관은 40만 권입니다. 120만 / 40만 = 3.",
    ),
)
