"""Page furniture goes, content stays: pages with every line labelled."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.notes import Document
from pipeline.notes.noise import blank, noise
from tests.notes.fixtures import BLOG, BLOG_ARTICLE, BLOG_NOISE_ABOVE, MARKDOWN

Reader = Callable[..., Document]

# Lines marked with - are furniture, with + content.
PAGES = {
    "english blog": """
-Skip to content
-Home
-About
-Archives
-Search
+# Sharpening a plane
+
+A plane iron is ground at 25 degrees and honed at 30 degrees.
+You need:
+- a grinder
+- a fine stone
+- some oil
+
+The burr must come off on both sides, or the shaving tears.
-Share
-Tweet
-Related posts
-- [How to oil a bench](https://example.org/1)
-- [Nine kinds of saw](https://example.org/2)
-- [The workshop in winter](https://example.org/3)
-Leave a comment
-© 2024 The Workshop. All rights reserved
""",
    "korean portal": """
-로그인
-회원가입
-메뉴
-- [정치](https://example.org/p)
-- [경제](https://example.org/e)
-- [사회](https://example.org/s)
-- [문화](https://example.org/c)
-- [세계](https://example.org/w)
-- [과학](https://example.org/t)
-- [운동](https://example.org/r)
-- [날씨](https://example.org/n)
+ㅁ 한옥의 온돌
+온돌은 아궁이의 열기를 방바닥 아래로 보내는 난방이다.
+구들장 두께는 대개 6 cm에서 10 cm 사이이다.
+방 한쪽은 아랫목이라 하여 더 따뜻하다.
-공유하기
-이전 글
-다음 글
-관련 글
-- 마루는 왜 높은가
-- 처마의 길이
-- 창호지 바르기
-댓글 3
""",
    "list article": """
-Home
-Menu
-Search
+The ten longest rivers of the country, in order:
+1. Ard
+2. Bel
+3. Cor
+4. Dun
+5. Esk
+6. Fal
+7. Gar
+8. Hul
+9. Ise
+10. Jor
+
+Their water comes from the same range of hills.
+
+- Kel
+- Lod
+- Mir
+- Nes
+- Oud
+- Pyr
+- Que
+- Rye
+- Sow
+
+Those nine are shorter and run dry in summer.
-Subscribe
-Privacy policy
""",
}
# Ordinary notes of lists, links and short lines, in which nothing may go.
NOTES = {
    "links": "# Reading\n\n"
    + "\n".join(f"- [Paper {n}](https://example.org/{n})" for n in range(20)),
    "shopping": "\n".join(f"- item {n}" for n in range(30)),
    "glossary": "# 용어\n\n" + "\n".join(f"- 낱말 {n}" for n in range(30)) + "\n\nHome\n",
    "menu words": "# Web\n\nA page has these parts:\n\n- Home\n- Menu\n- Search\n\nThat is all.\n",
    "dates": "# Log\n\n2024.03.01 rain\n2024.03.02 sun\n\n- planted beans | 2024.03.05\n",
    "fixture": MARKDOWN,
}


@pytest.mark.parametrize("name", PAGES)
def test_furniture_goes_and_content_stays(name: str) -> None:
    labelled = PAGES[name].strip("\n").split("\n")
    text = "\n".join(line[1:] for line in labelled)
    dropped = {item.line for item in noise(text)}
    wanted = {n for n, line in enumerate(labelled, 1) if line[0] == "-" and line[1:].strip()}
    content = {n for n, line in enumerate(labelled, 1) if line[0] == "+"}
    assert not dropped & content, [labelled[n - 1] for n in sorted(dropped & content)]
    missed = [labelled[n - 1] for n in sorted(wanted - dropped)]
    assert len(missed) <= 0.1 * len(wanted), missed


@pytest.mark.parametrize("name", NOTES)
def test_ordinary_notes_lose_nothing(name: str) -> None:
    assert noise(NOTES[name]) == []


def test_a_blog_page_is_its_article(read_text: Reader) -> None:
    document = read_text(BLOG, "blog.txt")
    read = "\n".join(passage.text for passage in document.passages)
    headings = {heading for passage in document.passages for heading in passage.headings}
    for line in BLOG_ARTICLE.strip().split("\n"):
        assert line in read or line[2:] in headings, line
    for line in BLOG_NOISE_ABOVE.strip().split("\n"):
        assert line.strip("- ") not in read.split("\n")
    assert "모카포트는" not in read
    assert "라테" not in read
    reasons = {item.reason for item in document.report.dropped}
    assert {"calendar", "links to other pages", "tag cloud or menu"} <= reasons
    lines = BLOG.split("\n")
    assert all(lines[item.line - 1].strip() == item.text for item in document.report.dropped)


def test_blanking_keeps_every_place() -> None:
    blanked = blank(BLOG, noise(BLOG))
    assert len(blanked) == len(BLOG)
    assert [len(line) for line in blanked.split("\n")] == [len(line) for line in BLOG.split("\n")]
