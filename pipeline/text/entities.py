"""Proper names in running text: models ("GPT-3.5", "Llama-3-8B"), acronyms, capitalised terms.

A figure inside a name is no quantity, so the names with figures are found first. Spelling varies
("GPT-2", "GPT2", "GPT 2", "지피티 2"); the key does not, and no two different versions share one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from pipeline.text.patterns import pattern
from pipeline.text.plain import without_latex

__all__ = ["Name", "name_key", "names", "numbered_names"]


@dataclass(frozen=True, slots=True)
class Name:
    """`text[start:end]`, and the key that all spellings of the name share."""

    text: str
    start: int
    end: int
    key: str


# Families whose version is often written with a space or in lower case, and their Hangul spelling.
_HANGUL = {
    "챗지피티": "chatgpt", "챗gpt": "chatgpt", "지피티": "gpt", "라마": "llama", "젬마": "gemma",
    "제미나이": "gemini", "클로드": "claude", "큐원": "qwen", "미스트랄": "mistral",
    "딥시크": "deepseek", "엑사원": "exaone", "파이썬": "python", "윈도우": "windows",
    "윈도": "windows", "아이폰": "iphone", "갤럭시": "galaxy", "안드로이드": "android",
    "하이퍼클로바": "hyperclova", "위스퍼": "whisper", "스테이블 디퓨전": "stable diffusion",
    "트랜스포머": "transformer", "버트": "bert",
}  # fmt: skip
_FAMILY_WORDS = """
chatgpt gpt llama claude gemini gemma qwen mistral mixtral palm deepseek grok falcon exaone solar
kanana hyperclova smollm codex whisper windows python iphone galaxy android cuda pytorch phi
tensorflow ubuntu wu_dao stable_diffusion dall-e dall·e switch-c midjourney vicuna alpaca olmo
pythia bloom chinchilla gopher lamda transformer bert roberta electra sora opus sonnet haiku
"""
_FAMILIES = frozenset(word.replace("_", " ") for word in _FAMILY_WORDS.split())

# A version after a space: small, and not the beginning of a quantity ("Llama 70B", "GPT 3,750억").
_VERSION = (
    r"\d{1,2}(?:\.\d{1,2})?(?![\d%％,.]\d|[\d%％]"
    r"|\s?(?:[십백천만억조]|thousand|million|billion|trillion|개|명|번|배|년|월|일|시간|분|초|가지"
    r"|times|years|tokens|layers|days|hours|percent)|[KMBTkmb](?![A-Za-z]))[a-z]?(?![A-Za-z])"
)
# One token of Latin letters, figures and inner hyphens. A dot belongs only between figures.
_TOKEN = pattern(r"(?<![A-Za-z0-9_])[A-Za-z](?:[A-Za-z0-9_]|(?<=\d)\.(?=\d)|[-/](?=[A-Za-z0-9]))*")
_DIGIT_FIRST = pattern(
    r"(?<![A-Za-z0-9_.,])(?:\d{1,9}[A-Z][a-z]+[A-Za-z0-9]*|[2-6][DG](?![A-Za-z0-9]))"
)
_MAGNITUDE = pattern(r"\d+(?:[KMBT]|[MmBbTt]n|[MBT]il(?:lion)?s?|[KMGTP]i?[Bb]|[GMkKT]?Hz|Wh)")
_PROSE = pattern(r"(?!utf)[a-z]+(?:-[a-z]+)*-\d[\d.]*(?:-[a-z]+)*")
_FIGURE_LIKE = pattern(r"[eEx]\d+$")
# "Top-5", "Pre-2017": the figure after these is a quantity like any other.
_PREFIX_WORDS = """
top pre post mid under over sub non age day year week early late circa since until from to about
ago between by is of in at up near nearly almost around roughly approximately part chapter section
table figure page step minus plus times level grade phase batch size order rank number no q a x y z
n k jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july
august september october november december usd krw eur p pass hits recall mrr ndcg
"""
_PREFIXES = frozenset(_PREFIX_WORDS.split())
# Words that are no name although a sentence begins with them.
_STARTER_WORDS = """
the a an this that these those it its he she they we you i his her their our your my there here in
on at by for from of to with as and or but so if when while where what which who whom whose why how
is are was were be been do does did can could may might must shall should will would not no yes all
any each every both few many most some such only then thus therefore hence however also because
since after before about over under between during through first second third finally next step
answer question note example let given according based although though unlike like more less one
two three four five six seven eight nine ten q
"""
_STARTERS = frozenset(_STARTER_WORDS.split())
_NO_NAME_WORDS = """
KB MB GB TB PB EB KiB MiB GiB TiB Mb Gb Tb Hz GHz MHz Wh MW GW AM PM AD BC CE OK USD KRW EUR GBP
January February March April June July August September October November December
Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec
Monday Tuesday Wednesday Thursday Friday Saturday Sunday
"""
_NO_NAMES = frozenset(_NO_NAME_WORDS.split())
_CAPITAL = pattern(r"(?<![A-Za-z0-9_'’])[A-Z][A-Za-z0-9]*(?:[-’'][A-Za-z0-9]+)*")
_SENTENCE_START = pattern(r"(?:^|[.!?:\n]|[.!?][\"')\]]|[-*#>•]|\d\.)\s*[\"'(\[*_]*$")


@cache
def _spaced() -> re.Pattern[str]:
    """Family and version: with a space, in Hangul, or in lower case with a hyphen."""
    latin = "|".join(
        re.escape(f).replace(r"\ ", r"\s") for f in sorted(_FAMILIES, key=len, reverse=True)
    )
    hangul = "|".join(sorted(_HANGUL, key=len, reverse=True))
    return re.compile(
        rf"(?<![A-Za-z])(?:{latin})(?:-[A-Za-z]+)?\s{_VERSION}"
        rf"|(?<![가-힣])(?:{hangul})[\s-]?{_VERSION}"
        rf"|(?<![A-Za-z])(?:{latin})-[A-Za-z0-9.-]*[A-Za-z0-9]",
        re.IGNORECASE,
    )


def name_key(text: str) -> str:
    """The key of one name: "GPT-2", "GPT2", "gpt 2" are `gpt-2`; "GPT-3.5" is `gpt-3.5`."""
    folded = text.casefold().strip()
    for hangul, latin in _HANGUL.items():
        if folded.startswith(hangul):
            folded = latin + folded[len(hangul) :]
            break
    folded = re.sub(r"(?<=[^\W\d_])(?=\d)", "-", folded)
    return re.sub(r"[-_\s/·]+", "-", folded).strip("-.'’")


def numbered_names(text: str) -> list[tuple[int, int]]:
    """Where names with a figure in them stand, in order, without overlap."""
    text = without_latex(text)
    spans = [m.span() for m in _spaced().finditer(text) if _has_digit(m.group())]
    for found in _TOKEN.finditer(text):
        token = found.group()
        if not _has_digit(token) or _FIGURE_LIKE.match(token):
            continue
        head = re.split("[-/]", token)[0].casefold()
        letter = len(head) == 1 and token[0].isupper()  # "B-52"
        if (head in _PREFIXES and not letter) or _PROSE.fullmatch(token):
            continue  # a word, a hyphen and a figure: no name
        spans.append(found.span())
    spans.extend(
        m.span() for m in _DIGIT_FIRST.finditer(text) if not _MAGNITUDE.fullmatch(m.group())
    )
    return _merged(spans)


def names(text: str) -> list[Name]:
    """The proper names of a text, in order, without overlap: names with a figure, acronyms, words
    with inner capitals, and capitalised words, neighbours joined. A word that is capitalised only
    because it opens a sentence is left out, unless the text has it capitalised elsewhere."""
    found = numbered_names(text)
    within = set()
    runs: list[tuple[int, int, bool]] = []
    for match in _CAPITAL.finditer(text):
        start, end = match.span()
        word = match.group()
        opens = start == 0 or bool(_SENTENCE_START.search(text, max(0, start - 12), start))
        if any(s <= start < e for s, e in found):
            continue
        if len(word) == 1 or word in _NO_NAMES or word.casefold() in _STARTERS:
            continue
        if not opens:
            within.add(word)
        if runs and text[runs[-1][1] : start] == " ":
            runs[-1] = (runs[-1][0], end, runs[-1][2])
        else:
            runs.append((start, end, opens))
    lone = len(text.split()) == 1
    for start, end, opens in runs:
        word = text[start:end]
        common = opens and word[1:].islower() and " " not in word and not lone
        if not common or word in within or word.casefold() in _FAMILIES:
            found.append((start, end))
    named = []
    for start, end in sorted(found):
        end = start + len(re.sub("['’]s?$", "", text[start:end]))
        named.append(Name(text[start:end], start, end, name_key(text[start:end])))
    return named


def _has_digit(text: str) -> bool:
    return any(c.isdigit() for c in text)


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
