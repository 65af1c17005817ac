"""Written forms of one choice among five, generated: where it is marked, how the label is written,
and what is said around it, other letters in the reasons included."""

from __future__ import annotations

from collections.abc import Iterator

LETTERS = "ABCDE"
OPTIONS = {
    "en": ("the north wind", "copper wire", "a slow river", "nineteen ships", "salt and ash"),
    "ko": ("북쪽 바람", "구리선", "느린 강", "배 열아홉 척", "소금과 재"),
}

# {} is where the choice stands. {L} is its letter, {l} in lower case, {n} its number, {c} {o} the
# two in circles, {g} {j} in Hangul, {t} {T} its text. {X} and {Y} are letters of other options.
_MARKERS_EN = r"""
The answer is {}
The correct answer is {}
Answer: {}
ANSWER: {}
answer: {}
**Answer:** {}
**Answer**: {}
Final answer: {}
The final answer is {}
So the answer is {}
Therefore, the answer is {}
The answer is therefore {}
The correct option is {}
The best choice is {}
My answer is {}
The right answer is: {}
Ans: {}
The answer to the question is {}
#### {}
<answer>{}</answer>
<answer> {} </answer>
\boxed{{}}
I choose {}
I would go with {}
The answer must be {}
## Answer\n\n{}
Answer:\n{}
Correct answer: {}
Choice: {}
It follows that the answer is {}
Answer = {}
The answer would be {}
Thus the correct choice is {}
Answer -> {}
Solution: {}
{"answer": "{}"}
The most likely answer is {}
Answer: it is {}
The final answer is $\boxed{{}}$
Based on the passage, the answer is {}
The best answer among the choices is {}
I'm going with {}
My pick is {}
### Final Answer\n{}
Ans. {}
"""
_WRITINGS_EN = r"""
{L}
({L})
**{L}**
{L}.
{L})
[{L}]
"{L}"
`{L}`
option {L}
Option {L}
(**{L}**)
*{L}*
\text{{L}}
${L}$
{o}
({l})
choice {L}
{L}. {t}
({L}) {t}
{L}) {t}
{L}: {t}
{L} - {t}
{L} ({t})
**{L}. {t}**
**({L}) {t}**
the letter {L}
{c}
{n})
({n})
option ({L})
"""
_TAILS_EN = r"""
|
|.
|, because {X} and {Y} are wrong.
|. {X} is wrong.
|. Both {X} and {Y} need oxygen.
| because {X} is too small.
|.\n\n{X} and {Y} can be ruled out.
| since ({X}) does not apply.
|, not {X}.
|. Option {X} would be right if it were colder.
|\nExplanation: {X} is a common mistake.
| (not {X}).
|!
|.\n\nQuestion: What else?\nAnswer: {X}
| as {X} comes later.
|. ({X}) is the opposite.
|.\n- {X}: too late\n- {Y}: too early
"""
_HEADS_EN = r"""
|
|Let us see. ({X}) is too hot and ({Y}) too cold.\n
|{X} is wrong. {Y} is wrong too.\n
|A) one\nB) two\nC) three\nD) four\nE) five\n\n
|I first thought of {X}, but no.\n
|If the answer were {X}, it would rain.\n
|Step 1: look at {X}. Step 2: look at {Y}.\n
"""
_BEHIND_EN = r"""
{} is correct.
{} is the correct answer.
{} is the right answer, because {X} is not.
{} is the best answer. {X} is close.
I am sure that {} is right. ({X}) is too long.
{} is my answer.
That makes {} the right answer.
{X} and {Y} are wrong, so {} is right.
"""
_BEHIND_WRITINGS_EN = r"""
{L}
({L})
**{L}**
Option {L}
{c}
"{L}"
"""
_TEXTS_EN = r"""
{t}
{T}
**{t}**
"{t}"
{t} ({L})
clearly {t}
"""
_ALONE_EN = r"""
{L}
({L})
{L}.
**{L}**
{L}) {t}
{L}. {t}
({L}) {t}
{L}: {t}
{c}
{o}
\boxed{{L}}
{L}, because {X} is wrong.
{L}.\n\n{X} is too short.
Option {L}
Option {L}: {t}
**{L}. {t}**\n\n{X} is never right.
So it is ({L}).
Thus, {L}.
{X} is wrong. So {L}.
({X}) is wrong.\nTherefore ({L}).
It must be option {L}.
"{L}"
{t}
It is {t}.
{T}
{T}.
**{t}**
I am sure it is {t}.
{l}
({l})
After considering all options, {L} is the one.
Out of the options, {L} fits best.
Hence, option {L} is correct
The answer, then, is {L}.
Final Answer: The final answer is {L}. I hope it is correct.
Sure! The answer is {L}.
We can rule out {X} and {Y}, which leaves {L}.
It can't be {X}, so the answer is {L}.
The answer is "{L}. {t}", not "{X}".
Explanation: {X} is wrong because it is cold. {L} is right because it is warm.
Looking at ({X}), it is too cold. Looking at ({L}), it fits. The answer is ({L}).
The answer is {t}, i.e. {L}.
{t} is the answer.
{t} is correct because {X} is wrong.
The correct answer is {t}, which is option {L}.
Among the options, {t} is right.
The answer is number {n}
The answer is not {X} but {L}.
I thought that the answer was {X}. No, the answer is {L}.
The answer is {X}? No, the answer is {L}.
{L} ({t}) is the correct answer
<b>{L}</b>
"""
_MARKERS_KO = r"""
정답: {}
답: {}
정답은 {}
답은 {}
정답 : {}
**정답:** {}
최종 답: {}
따라서 정답은 {}
그러므로 답은 {}
정답은 바로 {}
정답은: {}
정답 {}
### 정답\n{}
선택: {}
정답을 고르면 {}
<answer>{}</answer>
\boxed{{}}
#### {}
[정답] {}
제가 고른 답은 {}
"""
_WRITINGS_KO = r"""
{c}
({g})
{n}번
({L})
{L}
**{c}**
'{g}'
{c}번
({n})
[{c}]
{c} {t}
({g}) {t}
{L}. {t}
{n}번 {t}
({j})
**({L}) {t}**
"""
_TAILS_KO = r"""
|
|.
|입니다.
|이다.
|입니다. {X}와 {Y}는 틀립니다.
|입니다. 왜냐하면 ({X})는 너무 작기 때문입니다.
|\n해설: ({X})은 흔한 오답입니다.
|입니다.\n\n({X})도 비슷하지만 아닙니다.
|이며, {X}는 아닙니다.
"""
_BEHIND_KO = r"""
{}이 정답입니다.
{}가 정답이다. ({X})는 오답이다.
{}이 옳습니다.
{}가 맞습니다.
{}이 가장 적절합니다.
저는 {}를 선택하겠습니다.
"""
_BEHIND_WRITINGS_KO = r"""
{c}
({g})
{n}번
({L})
{L}
"""
_ALONE_KO = r"""
{c}
({g})
{n}번
{g}
{c}번
{c} {t}
{t}
{t}입니다.
정답은 {t}입니다.
답: {t}
답은 {t}이다.
정답은 {t}이에요.
'{t}'
정답은 {X}가 아니라 {L}입니다.
{n}번입니다.
답은 {g} …
따라서 {c}
그러므로 {c}번.
{c}번: {t}
보기 {c}
보기 {n}번이 정답입니다
{t}이 정답이다
정답은 {t}({c})입니다
정답은 '{L}. {t}'입니다
{X}와 {Y}는 틀렸으므로 {L}가 정답이다.
정답: {L}\n\n풀이: {X}는 너무 작고 {Y}는 너무 크다.
정답은 {L}이고 {X}는 오답이다.
{t}입니다. {X}는 너무 작기 때문입니다.
"""


def _lines(block: str) -> list[str]:
    lines = block.strip("\n").split("\n")
    return [line.removeprefix("|").replace("\\n", "\n") for line in lines]


def _crossed(
    markers: str, writings: str, tails: str = "|", heads: str = "|", every: int = 1
) -> Iterator[str]:
    """Each marker with some of the writings; heads and tails by turns."""
    after, before = _lines(tails), _lines(heads)
    for m, marker in enumerate(_lines(markers)):
        for w, writing in enumerate(_lines(writings)):
            if (m + w) % every == 0:
                head, tail = before[(m + w // 2) % len(before)], after[(m + w) % len(after)]
                yield head + marker.replace("{}", writing) + tail


def _templates() -> Iterator[tuple[str, str]]:
    """Language and template."""
    for template in (
        *_crossed(_MARKERS_EN, _WRITINGS_EN, _TAILS_EN, _HEADS_EN, every=4),
        *_crossed("The answer is {}\nAnswer: {}", _WRITINGS_EN, _TAILS_EN),
        *_crossed(_MARKERS_EN, _TEXTS_EN, "|.", every=2),
        *_crossed(_BEHIND_EN, _BEHIND_WRITINGS_EN),
        *_lines(_ALONE_EN),
    ):
        yield "en", template
    for template in (
        *_crossed(_MARKERS_KO, _WRITINGS_KO, _TAILS_KO, every=2),
        *_crossed(_BEHIND_KO, _BEHIND_WRITINGS_KO),
        *_lines(_ALONE_KO),
    ):
        yield "ko", template


def templates() -> list[tuple[str, str]]:
    """Every template once, with its language."""
    return list(dict.fromkeys(_templates()))


def written(language: str, template: str, at: int) -> str:
    """A template for the option `at`."""
    text = OPTIONS[language][at]
    others = [letter for letter in LETTERS if letter != LETTERS[at]]
    marks = {
        "{L}": LETTERS[at], "{l}": LETTERS[at].lower(), "{n}": str(at + 1), "{c}": "①②③④⑤"[at],
        "{o}": "ⒶⒷⒸⒹⒺ"[at], "{g}": "가나다라마"[at], "{j}": "ㄱㄴㄷㄹㅁ"[at],
        "{X}": others[at % 4], "{Y}": others[(at + 1) % 4], "{t}": text,
        "{T}": text[0].upper() + text[1:],
    }  # fmt: skip
    for mark, value in marks.items():
        template = template.replace(mark, value)
    return template
