"""How plain sentences are worded that say who has what, when something came to be or what it is:
verbs, their forms and the nouns a definition ends in, as parts of regular expressions.

They find some of these sentences, where a question can be made without a model; what they miss is
not asked.
"""

from __future__ import annotations

__all__ = [
    "ACTIVE",
    "BASE",
    "BASES",
    "CAME_TO_BE",
    "COSTS",
    "DEFINITION_ENDS",
    "FACT_HAS",
    "HAS",
    "KOREAN_AFTER_PAST",
    "KOREAN_CAME_TO_BE",
    "KOREAN_GENUS",
    "KOREAN_IS",
    "KOREAN_LATER",
    "KOREAN_MEANS",
    "KOREAN_REFERS",
    "NAME_JOINS",
    "PAST",
]

HAS = "has|have|had|contains?|contained|holds?|held|includes?|included|uses?|used"
FACT_HAS = "has|had|have|contains|holds"
COSTS = "costs?|weighs?|measures?|lasts?|takes?"
CAME_TO_BE = (
    "built|founded|published|released|introduced|opened|completed|invented|established"
    "|proposed|announced|discovered|launched|written|born|created|started|designed|developed|made"
    "|coined|presented|signed|elected|closed|painted|composed"
)
BASE = {
    "has": "have", "have": "have", "had": "have", "contain": "contain", "contains": "contain",
    "contained": "contain", "hold": "hold", "holds": "hold", "held": "hold", "include": "include",
    "includes": "include", "included": "include", "use": "use", "uses": "use", "used": "use",
}  # fmt: skip
"""The base form of each form of `HAS`."""

BASES = ("have", "contain", "hold", "include", "use")
PAST = frozenset({"had", "contained", "held", "included", "used"})
ACTIVE = {
    "written": "wrote", "born": "", "made": "made", "built": "built", "founded": "founded",
}  # fmt: skip
"""The past tense where it is not the participle; "" where there is no active."""

KOREAN_CAME_TO_BE = "되었|됐|났|왔|렸|졌|섰"
KOREAN_LATER = "뒤|후|전|때|동안|채|지"
"""What makes a time of the clause before it: the verb behind tells of another one."""
KOREAN_AFTER_PAST = "다|습니다|으며|고|지만"

KOREAN_IS = "이다|입니다|였다|이었다|이며|이고"

NAME_JOINS = "and|de|van|von|of"
"""What stands in lower case within a name or between two."""

DEFINITION_ENDS = (
    r",|;|:|\s\(|\s(?:that|which|who|whose|where|when|because|so that|and is|but|by|if)\b|[.!]?$"
)
"""Where a definition goes on about what it has named."""

KOREAN_MEANS = "이다|입니다|[을를] (?:말|뜻|의미)(?:한다|합니다)"
KOREAN_REFERS = "[을를] 가리(?:킨다|킵니다)"
KOREAN_GENUS = (
    "방법|방식|것|모델|도구|형식|라이브러리|알고리즘|기술|구조|함수|단위|현상|규칙|값|비율|법칙|과정"
    "|기관|언어|이론|장치|사람|시험|데이터|말|파일|프로그램|체계|원리|물질|도시|나라|책|건물|제도|방언"
)
"""What a Korean definition ends in; "X는 2018년의 일이다" is none."""
