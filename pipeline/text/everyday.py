"""Everyday words of both languages, by which an embedder shows whether it knows both."""

from __future__ import annotations

__all__ = ["EVERYDAY"]

EVERYDAY = tuple(
    (korean, english)
    for korean, english in (
        pair.split("=")
        for pair in (
            "물=water|학교=school|자동차=car|의사=doctor|바다=sea|역사=history|수학=mathematics|"
            "음악=music|아침=morning|겨울=winter|전쟁=war|은행=bank|나무=tree|병원=hospital|"
            "신문=newspaper|비행기=airplane|감자=potato|친구=friend|시장=market|언어=language|"
            "기억=memory|도시=city|컴퓨터=computer|책=book"
        ).split("|")
    )
)
