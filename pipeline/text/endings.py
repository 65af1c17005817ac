"""Korean particles and endings that may follow a word, and words that carry no content of their
own: closed classes, each as wide as its use needs. `pipeline.text.particles` tells which form of a
particle agrees with the sound before it.
"""

from __future__ import annotations

__all__ = [
    "AFTER_ANSWER",
    "AFTER_LABEL",
    "AFTER_OPTION",
    "CLOSES",
    "LIGHT",
    "OF_A_RUN",
    "OWNS",
    "OWNS_FIGURE",
    "SUBJECT",
    "TOPIC",
    "VERBAL",
]

AFTER_ANSWER = (
    "은|는|이|가|을|를|의|에|에서|에게|께서|로|으로|와|과|랑|이랑|하고|도|만|부터|까지|보다|처럼|같이"
    "|마다|조차|밖에|이나|나|란|이란|라는|이라는|라고|이라고|라|이라|인|임|들|등|다|이다|입니다|이며|이고"
    "|고|며|였다|이었다|였습니다|이었습니다|이에요|예요|이죠|죠|이지만|지만|이므로|므로|이어서|여서|적|형"
)
"""What may follow a correct answer within its word."""

VERBAL = "하|한|할|해|합|했|함|되|된|될|됩|돼|됐|됨|시키|시킨|시킬|시켜"
"""The forms of the light verbs that make a verb of a noun."""

AFTER_OPTION = (
    "은|는|이|가|을|를|의|에|에서|으로|로|와|과|도|만|입니다|이다|이며|이고|이라|라고|예요|이에요"
    "|임"
)
"""What may follow the text of an option within its word."""

AFTER_LABEL = (
    "입니다|이다|이에요|예요|에요|임|이며|이고|이라고|라고|이라는|라는|이라|가|이|은|는|을|를|으로|로|과|와|도|야"
    "|이야|였|이었|인|지만|이지만|고|이므로|므로|이죠|죠|요|이요|및|또는|나|이나|번|만"
)
"""What may follow the label of an option without a space."""

SUBJECT = "은|는|이|가"
TOPIC = "의|은|는|이|가"
OWNS = "의|은|는|에는|에"
OWNS_FIGURE = "의|은|는|이|가|에는"
"""Particles behind a subject, behind what owns a figure of the clause, and behind what has so many
of something, in a sentence that a question is made of and in one that a fact is read from."""

CLOSES = "다|요|죠|음|함|임"
"""How a Korean sentence ends that has no full stop."""

LIGHT = frozenset(
    "하 되 있 없 같 이 않 못하 보 주 대하 위하 통하 따르 의하 더 또 잘 가장 매우 및 즉 등".split()
)
"""Stems of verbs, and adverbs, that every sentence may have."""

_OF_A_RUN = (
    "은 는 이 가 을 를 의 에 에서 에게 로 으로 와 과 도 만 까지 부터 이나 나 이란 란 이라 라 "
    "이라는 라는 이고 고 이며 며 인가 인가요 인지 인 일 이었 였 에는 에도 에서는 으로는 로는 과는 "
    "와는 에서의 로서 으로서 로써 으로써 처럼 보다 마다 이라고 라고 한테 께서 입니까 입니다 이다 "
    "하는 하고 하여 해서 한 할 했 했던 된 되는 될 하기 하면 시키는 는가 는지 던 으려고 려고 으려면 "
    "려면 으면 면 었나 았나 었는가 았는가 나 기 지 고 었던 았던"
)
OF_A_RUN = tuple(sorted(_OF_A_RUN.split(), key=len, reverse=True))
"""What may end a run of Hangul in a question, the longest first."""
