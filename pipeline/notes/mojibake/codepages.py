"""Tables of Korean UTF-8 read as Western code pages, and what is lost on the way.

Every Hangul syllable is three bytes in UTF-8: a lead EA..ED and two continuations 80..BF. Read as
Windows-1253 (Greek) or Windows-1252 (Western), each byte becomes a letter or sign of its own. The
leads are always letters, but some continuations have no character in the code page; a program then
drops them, or puts U+FFFD in their place. Which ones is a fact of the code page, so what a damaged
syllable may have been can be listed: one candidate where both continuations are left, at most some
thirty where one is, some two hundred where none is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

__all__ = ["CODE_PAGES", "LOST", "CodePage", "code_page", "damage", "damaged_form"]

CODE_PAGES = ("cp1253", "cp1252")
LOST = "\ufffd"
"""What some programs put where a byte had no character."""

_CONTINUATIONS = range(0x80, 0xC0)
# Signs of more than one byte that notes hold beside Hangul, the likelier first: where bytes were
# lost, the first that fits is taken.
_SIGNS = (
    "–—‘’“”…•→·×≤≥≈≠±°÷²³½←↑↓↔⇒⇔∑∏√∞∈∂∇−∙"
    "①②③④⑤⑥⑦⑧⑨⑩ㅇㅁㄴㄱㅋㅎㅠㅜ□■○●◎◇◆△▲▽▼▶▷◀☆★※✓✔✅❌⭐❗❓✨⚠♥"
    "、。「」『』《》〈〉【】〔〕（），．：；！？％～＝＋／［］ "
    "αβγδεθλμπρστφχωΔΣΩ§©®«»€£¥ₙ₁₂₃℃㎏㎝㎞㎡〜"
    "📄📝📌🔗💡🚀📚🎯🔥👉👍😀😂😊🤖🧠📊📈🔍🔑🏆🎉📖📎📁🗂💻🌟🟢🔴🟡🔵📢🙏🤔"
)


@dataclass(frozen=True)
class CodePage:
    """`chars[byte]` is the character of a byte from 0x80, missing where there is none. Lenient
    programs keep such a byte as the control character of the same number, so that is one more sign
    it may be found as."""

    name: str
    chars: dict[int, str]

    @cached_property
    def leads(self) -> frozenset[str]:
        """What the first bytes of Hangul syllables look like: κ λ μ ν or ê ë ì í."""
        return frozenset(self.chars[byte] for byte in range(0xEA, 0xEE))

    @cached_property
    def tails(self) -> frozenset[str]:
        """What the continuation bytes look like where they look like anything."""
        return frozenset(self.chars.get(byte, chr(byte)) for byte in _CONTINUATIONS)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """One damaged character: the letter of its first byte, and what is left of the others."""
        tail = f"[{re.escape(''.join(sorted(self.tails)) + LOST)}]"
        two = self._letters(range(0xC2, 0xE0))
        three = self._letters(range(0xE1, 0xF0))
        four = self._letters(range(0xF0, 0xF4))
        lead = "".join(sorted(self.leads))
        return re.compile(
            f"[{lead}]{tail}{{0,2}}|[{three}]{tail}{{1,2}}|[{four}]{tail}{{1,3}}|[{two}]{tail}"
        )

    def _letters(self, values: range) -> str:
        return re.escape("".join(self.chars[b] for b in values if b in self.chars))

    def hangul(self, damaged: str) -> str:
        """The syllables that leave exactly `damaged` (a match of `pattern`), as one string."""
        found = _inverse(self.name).get(damaged) or self._whole(damaged)
        return found if found[:1] >= "가" and found[:1] <= "힣" else ""

    def sign(self, damaged: str) -> str:
        """The character that is no Hangul syllable behind `damaged`; empty where none is known."""
        whole = self._whole(damaged)
        return whole or _inverse_signs(self.name).get(damaged, "")

    def known(self, text: str) -> str:
        """A damaged text with each of its characters put back that has one reading only."""

        def read(match: re.Match[str]) -> str:
            found = self.hangul(match.group()) or self.sign(match.group())
            return found if len(found) == 1 else match.group()

        return self.pattern.sub(read, text)

    def _whole(self, damaged: str) -> str:
        """The character of a sequence that lost nothing."""
        values = _values(self.name)
        if any(c not in values for c in damaged):
            return ""
        try:
            text = bytes(values[c] for c in damaged).decode()
        except UnicodeDecodeError:
            return ""
        return text if len(text) == 1 and text.isprintable() else ""


@lru_cache(maxsize=4)
def code_page(name: str) -> CodePage:
    """One of CODE_PAGES."""
    found = {byte: bytes([byte]).decode(name, "ignore") for byte in range(0x80, 0x100)}
    return CodePage(name, {byte: text for byte, text in found.items() if text})


@lru_cache(maxsize=4)
def _values(name: str) -> dict[str, int]:
    chars = code_page(name).chars
    return {chars.get(byte, chr(byte)): byte for byte in range(0x80, 0x100)}


@lru_cache(maxsize=4)
def _inverse(name: str) -> dict[str, str]:
    """Damaged form to the syllables it may come from, in Unicode order."""
    found: dict[str, list[str]] = {}
    for number in range(ord("가"), ord("힣") + 1):
        syllable = chr(number)
        for form in {damage(syllable, name), damage(syllable, name, LOST)}:
            found.setdefault(form, []).append(syllable)
    return {form: "".join(syllables) for form, syllables in found.items()}


@lru_cache(maxsize=4)
def _inverse_signs(name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for sign in _SIGNS:
        for form in (damage(sign, name), damage(sign, name, LOST)):
            found.setdefault(form, sign)
    return found


def damage(text: str, name: str, replacement: str | None = "") -> str:
    """What becomes of a text whose UTF-8 is read as the code page `name`: bytes without a character
    are dropped, or `replacement` stands for each, or (None) they are kept as control characters."""
    chars = code_page(name).chars
    return "".join(
        chr(byte)
        if byte < 0x80
        else chars.get(byte, chr(byte) if replacement is None else replacement)
        for byte in text.encode("utf-8", "replace")
    )


def damaged_form(text: str, name: str) -> re.Pattern[str]:
    """What `text` may look like once its UTF-8 was read as the code page `name`, whatever became of
    each byte that has no character there."""
    chars = code_page(name).chars
    parts = []
    for byte in text.encode("utf-8", "replace"):
        if byte < 0x80:
            parts.append(re.escape(chr(byte)))
        elif byte in chars:
            parts.append(re.escape(chars[byte]))
        else:
            parts.append(f"[{LOST}{chr(byte)}]?")
    return re.compile("".join(parts))
