"""Which sentences and phrases do not stand by themselves: pronouns, demonstratives and conjunctions
that point at what was said elsewhere, prepositions that nothing follows. Closed classes in both
languages, as parts of regular expressions.
"""

from __future__ import annotations

__all__ = [
    "DANGLING",
    "KOREAN_NO_TERM",
    "KOREAN_OF",
    "KOREAN_POINTS_BACK",
    "KOREAN_POINTS_WHOLE",
    "NO_NOUN",
    "NO_TERM",
    "OPENS_ON_ANOTHER",
    "POINTS",
    "PRONOUN",
]

OPENS_ON_ANOTHER = (
    r"(?:it|its|they|their|he|she|his|her|this|these|that|those|such|both|here|there|so|but|and|or"
    r"|for (?:example|instance)|in (?:this|that|the next|the previous)"
    r"|however|then|thus|one|another|the (?:same|former|latter|other|question|answer))\b"
    r"|(?:이|그|이는|그는|이것|그것|이런|그런|이러한|그러한|이와|그럼|앞서|예를|다음|이번|지난|이들|그들|여기|거기|그래서|그러나|하지만|그리고|또|또한"
    r"|따라서|그러므로|반대로|반면|앞의|위의|다만|이때|그때|같은|둘|두 (?:값|모델|방법))"
    r"(?=[\s,은는이가도의])"
)
"""How a sentence begins that leans on the one before it."""

POINTS = r"(?:\S+\s){0,4}(?:this|these)\s\w|(?:\S+\s){2,6}that is about\s|.*이것이다|함께\s"
"""How a sentence points at something outside it further on."""

PRONOUN = (
    r"\b(?:it|its|they|their|this|these|that|which|who|and|but|or|than|if|can|could|will|would|may"
    r"|might|must|should|then)\b"
)
"""What has no place in the name of an owner."""

NO_NOUN = frozenset(
    "of in on at for to per from and or but with by as than in the a an is are was were each every"
    " when while so that which".split()
)
"""Function words that end a noun phrase."""

DANGLING = frozenset("of to in on at for with as than from one kind same".split())
"""Words that a phrase cannot end in."""

NO_TERM = (
    r"\b(?:it|this|that|there|here|what|one|he|she|they|most|many|some|all|both|each|question|answer"
    r"|signs?|raw|result|reason|point|idea|difference|way|first|second|third|last|best|next|main|only|example)\b"
)
"""What shows that the subject of a sentence is no term with a meaning of its own."""

KOREAN_NO_TERM = (
    r"^(?:이|그|저|이것|그것|이유|까닭|문제|결과|예|다음|하나|둘|첫|가장|나머지|여기|이때|답|요즘|지금)"
    r"(?:\s|$)|[가-힣](?:은|는|을|를|면|고|며|서|지만|에서|으로)\s"
)
"""The same of a Korean subject; a particle or an ending inside it shows a clause."""

KOREAN_OF = r"(?:의|한|된|는|던|할|운|큰|은|을)\s|(?:점|이유|까닭|결론|점수|말|일)$"
""" "중요한 점", "X의 결론": said of something else, and no term."""

KOREAN_POINTS_BACK = (
    r"(?:이|그|저|두|각|다음|앞)\s|\w(?:은|는|을|를|면|고|며|서|지만|마다|에|으로)\s"
)
"""A demonstrative, or a particle or ending that shows a clause, in a Korean subject."""

KOREAN_POINTS_WHOLE = r"(?:이|그|저|두|각|다음|앞)$"
"""A Korean subject that is nothing but a demonstrative."""
