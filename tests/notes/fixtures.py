"""One small note of every format, written for the tests, with the damage the reader must bear."""

from __future__ import annotations

import io
import json
import unicodedata
import zipfile
from collections.abc import Mapping
from pathlib import Path

from pipeline.notes.mojibake import damage
from tests.notes.pdfs import pdf_file

__all__ = [
    "BLOG",
    "BLOG_ARTICLE",
    "CAPTIONS",
    "FILES",
    "KRAMDOWN",
    "MARKDOWN",
    "PICTURE",
    "PICTURES",
    "VAULT",
    "docx",
    "hwpx",
    "pdf",
    "pptx",
    "write_all",
    "zipped",
]

MARKDOWN = r"""---
title: 등산 안내
language: ko
date: 2026-03-01
tags: [산, 길]
---

# 등산 안내

**북한산**은 서울에서 가깝다. 높이는 836.5 m이며 *바위*가 많다. 자세한 것은
[안내판](https://example.org/a_(b) "안내")을 보라.

<details>
<summary>준비물 &amp; 복장</summary>

- 물 1.5 L, 그리고 `지도`
- **밧줄**: 20 m
  - 얇은 것이면 두 개
1. 출발 전 날씨를 본다.
2. 해가 지기 전에 내려온다.

</details>

## 거리 표

| 구간 | 거리 (km) |
|:---|---:|
| 입구~대피소 | 2.4 |
| 대피소~정상 | 1.1 |

```python
def pace(km, hours):  # **no bold here**
    return km / hours
```

## Formulas

The pace is $v = \frac{s}{t}$ and 2*3*4 is 24; `a*b*c` stays.
See <https://example.org/x> &lt;now&gt;.

Dr. Kim et al. wrote 3.14 pages, e.g. about maps. Was it long? No!
> A quoted line
> goes on here.

Setext heading
--------------

Last words_with_underscores stay \*as they are\*. <!-- a comment --> End.
"""

VAULT = """---
aliases: [Yew]
tags:
  - trees
height: 28 m
oldestKnown: 4000 years
described by: "[[Carl Linnaeus|Linnaeus]]"
seen:
  place: churchyard
empty:
---
%%
Draft, not to be read: the yew lives for 90 years.

# And no heading either
%%

> [!tip]- Where it grows
> The [[Yew tree|yew]] grows on [[Soils#Chalk]] and in ==shade==. ^grows

The bark is red. %% wrong: the bark is blue %% It peels in summer.^peel

growthRate:: 3 cm a year
The seeds take (germination:: 18 months) to sprout; see [[#Seeds]] and [[Seed^2]].

| part | [[Poison\\|poisonous]] |
|---|---|
| [[Aril\\|flesh]] | no |

^table

![[Pasted image 20230401.png|400]]
![[Yew tree#Uses]]
- [x] measured the trunk ✅ 2023-04-01
- [ ] ask [[people/Mina|Mina]] 📅 2023-05-01

주목은 ==천천히== 자란다.[^1] 나이는 [[나이테|테]]로 잰다.

[^1]: 한 해에 3 cm쯤이다.
"""

PICTURE = "data:image/png;base64," + "iVBORw0KGgo/+Az" * 400 + "=="
PICTURES = f"""# Minerals

Quartz ![image.png]({PICTURE}) has a hardness of 7.

![a crystal of halite]({PICTURE} "Halite splits into cubes.")

Halite <img alt="x > y" src="{PICTURE}"> tastes of salt, as ![][halite] shows.

<p align="center"><img src='{PICTURE}'></p>

![the cleavage of mica][mica] 운모는 얇게 갈라진다.

The address {PICTURE} was pasted.

```css
body {{ background: url({PICTURE}); }}
```

[halite]: {PICTURE}
[mica]:
  <{PICTURE}>
  "unseen"
"""

KRAMDOWN = """# Rivers {#rivers .chapter}
{: .no_toc}

The Rhine is **1,230 km**{: data-type="term" .x} long.
{: #rhine}

1.  to the sea
2.  to the lake
{: type="A"}

<div data-type="note" markdown="1">
### Glossary
{: data-type="title"}

delta
: land where a river meets the sea
^

meander
: a bend of a river

</div>

<table><tr><th>river</th><th>km</th></tr><tr><td>Rhine</td><td>1,230</td></tr></table>

$$
v = \\frac{Q}{A}
- c
= 2
$$

Water flows at $v_1 * v_2$ or \\(a_1 * a_2\\), as \\[in a list\\] says.
"""

BLOG_NOISE_ABOVE = """일 | 월 | 화 | 수 | 목 | 금 | 토 |
---|---|---|---|---|---|---|
 | | 1 | 2 | 3 | 4 | 5 |
6 | 7 | 8 | 9 | 10 | 11 | 12 |
13 | 14 | 15 | 16 | 17 | 18 | 19 |
20 | 21 | 22 | 23 | 24 | 25 | 26 |
27 | 28 | 29 | 30 |
- 커피
- 로스팅
- 드립
- 모카포트
- 산지별 원두
- espresso
- latte art
- 카페 창업
- 에티오피아
- Today
- Total
"""
BLOG_ARTICLE = """ㅁ 물의 온도
ㅇ 물이 너무 뜨거우면 쓴맛이 먼저 우러나온다.
ㅇ 보통 92도에서 94도 사이가 알맞다고 한다.
- 강배전: 88도
- 중배전: 92도
- 약배전: 95도
ㅁ 분쇄도
굵게 갈면 물이 빨리 빠져 맛이 옅어진다. 곱게 갈면 그 반대가 된다.
다음 도구를 쓴다:
- 저울
- 주전자
"""
BLOG_NOISE_BELOW = """ㅁ 함께 보면 좋은 글
ㅇ 모카포트는 어떻게 고를까?
ㅇ 원두 보관의 모든 것
'커피' 카테고리의 다른 글
핸드드립 입문 (3) | 2025.03.02 |
---|---|
라테 거품 내는 법 (0) | 2025.02.20 |
"""
BLOG = BLOG_NOISE_ABOVE + BLOG_ARTICLE + BLOG_NOISE_BELOW

HTML = """<!doctype html>
<html lang="ko"><head><title>바다의 소금</title><style>p { color: red }</style>
<script>var x = "<p>no text</p>";</script></head>
<body><nav><ul><li><a href="/">처음</a></li><li><a href="/b">목록</a></li></ul></nav>
<div class="sidebar"><p>오늘의 인기 있는 이야기를 만나 보세요.</p></div>
<article><h1>바다의 소금</h1>
<p>바닷물 1&nbsp;kg에는 소금이 <b>35&nbsp;g</b>쯤 녹아 있다.<br>그 가운데
  대부분은 염화나트륨이다 &amp; 나머지는 마그네슘이다.</p>
<h2>염전</h2><ol><li>바닷물을 가둔다.</li><li>볕에 <i>말린다</i>.</li></ol>
<table><tr><th>지역</th><th>생산량</th></tr><tr><td>신안</td><td>70 %</td></tr></table>
<pre>a  = 1
b = 2</pre></article>
<footer><p>저작권 2026. 모든 권리는 글쓴이에게 있습니다.</p></footer></body></html>
"""

CAPTIONS = """WEBVTT
Kind: captions
Language: ko

NOTE made for a test

1
00:00:01.000 --> 00:00:04.000
<v 선생님>오늘은 별의 밝기를

2
00:00:04.000 --> 00:00:07.500 align:start
<c.yellow>이야기하겠습니다</c> 등급이 1 작아지면

00:07.500 --> 00:11.000
약 2.5배 밝습니다 &amp; 눈에 보입니다

00:00:30.000 --> 00:00:33.000
<v 학생>6등급은 보이나요?
"""

PASTED = """A page about captions
You can not select more than 25 topics
12 lines
WEBVTT |
|
|
00:00.500 --> 00:03.000 |
|
강을 건너는 다리는 모두 |
|
|
00:03.000 --> 00:06.250 |
|
스물일곱 개입니다 길이는 |
|
|
00:06.250 --> 00:09.000 |
|
제각각이죠 |
"""

SRT = """1
00:00:01,000 --> 00:00:02,500
The first bridge was wood.

2
00:00:02,500 --> 00:00:05,000
It burned in 1811, and
nobody rebuilt it.
"""

SBV = """0:00:01.000,0:00:04.500
The river froze in 1838.

0:00:05.000,0:00:08.000
It carried 4,000 people.
"""

ROLLING = """WEBVTT

00:00:00.000 --> 00:00:02.000
we walked along the river

00:00:02.000 --> 00:00:04.000
we walked along the river
until the bridge was

00:00:04.000 --> 00:00:06.000
until the bridge was
behind us. then it

00:00:06.000 --> 00:00:08.000
behind us. then it
rained all night.
"""

PLAIN = """The harbour
===========

The harbour was dug in 1720 by two hundred men who came from the villages up the river, and
it took them eleven years to finish the work because the winters were long.

Ships
-----
 * the Anna, 300 t
 * the Berta, 120 t
"""

DAMAGED = damage(
    "# 날씨 기록\n\n오늘은 아침부터 비가 내렸다. 기온은 12도였고 바람은 약했다.\n\n"
    "- 강수량: 35 mm\n- 습도: 80 % (Seoul)\n",
    "cp1253",
)


def docx() -> bytes:
    """A Word document: headings, a list, a table."""
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"

    def p(text: str, style: str = "", inside: str = "") -> str:
        named = f'<w:pStyle w:val="{style}"/>' if style else ""
        return f"<w:p><w:pPr>{named}{inside}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"

    def row(*cells: str) -> str:
        return "<w:tr>" + "".join(f"<w:tc>{p(cell)}</w:tc>" for cell in cells) + "</w:tr>"

    body = (
        p("도서관 이용", "1")
        + p("도서관은 아홉 시에 연다. 월요일에는 쉰다.")
        + p("Loans", "Heading2")
        + p("five books", inside='<w:numPr><w:numId w:val="1"/></w:numPr>')
        + p("two weeks", inside='<w:numPr><w:numId w:val="1"/></w:numPr>')
        + f"<w:tbl>{row('층', '자료')}{row('2', '지도 &amp; 사진')}</w:tbl>"
    )
    style = '<w:style w:styleId="1"><w:name w:val="heading 1"/></w:style>'
    styles = f'<w:styles xmlns:w="{w}">{style}</w:styles>'
    return zipped(
        {
            "word/document.xml": f'<w:document xmlns:w="{w}"><w:body>{body}</w:body></w:document>',
            "word/styles.xml": styles,
        }
    )


def pptx() -> bytes:
    """Two slides, stored in the other order than they are shown, one with notes."""
    a = "http://schemas.openxmlformats.org/drawingml/2006/main"
    p = "http://schemas.openxmlformats.org/presentationml/2006/main"
    r = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rel = "http://schemas.openxmlformats.org/package/2006/relationships"

    def shape(kind: str, *lines: str) -> str:
        text = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in lines)
        return (
            f'<p:sp><p:nvSpPr><p:nvPr><p:ph type="{kind}"/></p:nvPr></p:nvSpPr>'
            f"<p:txBody>{text}</p:txBody></p:sp>"
        )

    def slide(*shapes: str) -> str:
        return (
            f'<p:sld xmlns:a="{a}" xmlns:p="{p}"><p:cSld><p:spTree>{"".join(shapes)}'
            "</p:spTree></p:cSld></p:sld>"
        )

    def relations(**targets: str) -> str:
        inner = "".join(f'<Relationship Id="{k}" Target="{v}"/>' for k, v in targets.items())
        return f'<Relationships xmlns="{rel}">{inner}</Relationships>'

    return zipped(
        {
            "ppt/presentation.xml": f'<p:presentation xmlns:p="{p}" xmlns:r="{r}"><p:sldIdLst>'
            '<p:sldId id="1" r:id="rId2"/><p:sldId id="2" r:id="rId1"/></p:sldIdLst>'
            "</p:presentation>",
            "ppt/_rels/presentation.xml.rels": relations(
                rId1="slides/slide1.xml", rId2="slides/slide2.xml"
            ),
            "ppt/slides/slide1.xml": slide(shape("title", "둘째 장"), shape("body", "끝입니다.")),
            "ppt/slides/slide2.xml": slide(
                shape("title", "첫째 장"), shape("body", "벼는 물에서 자란다.", "보리는 아니다."),
                shape("sldNum", "1"),
            ),
            "ppt/slides/_rels/slide2.xml.rels": relations(rId1="../notesSlides/notesSlide1.xml"),
            "ppt/notesSlides/notesSlide1.xml": slide(shape("body", "여기서 잠시 쉰다.")),
        }
    )  # fmt: skip


def hwpx() -> bytes:
    """A Hangul document: headings by outline and by style, a list, a table, a box, an equation."""
    hp = "http://www.hancom.co.kr/hwpml/2011/paragraph"

    def p(text: str, shape: int = 0, style: int = 0) -> str:
        return f'<hp:p paraPrIDRef="{shape}" styleIDRef="{style}"><hp:run>{text}</hp:run></hp:p>'

    def t(text: str) -> str:
        return f"<hp:t>{text}</hp:t>"

    def row(*cells: str) -> str:
        inside = "".join(f"<hp:tc><hp:subList>{cell}</hp:subList></hp:tc>" for cell in cells)
        return f"<hp:tr>{inside}</hp:tr>"

    def within(text: str, *names: str) -> str:
        for name in ("subList", *names):
            text = f"<hp:{name}>{text}</hp:{name}>"
        return text

    box = within(p(t("섬에 있다.")), "drawText", "rect")
    head = within(p(t("머리말")), "header", "ctrl")
    lines = t("연 강수량<hp:lineBreak/>1,240<hp:nbSpace/>mm")
    two = p(t("10")) + p(t("12"))
    rows = row(p(t("장비")), p(t("높이 (m)"))) + row(p(t("풍속계 &amp; 깃발")), two)
    table = f"<hp:tbl>{rows}</hp:tbl>"
    equation = "<hp:equation><hp:script>x^2 + 1</hp:script></hp:equation>"
    first = (
        p(head + t("관측소"), shape=1)
        + p(t("관측소는 1963년에 세워졌다."))
        + p(lines + box)
        + p(t("기온을 잰다."), shape=2)
        + p(table)
    )
    second = p(t("기록"), style=3) + p(equation + t("<hp:tab/>기록은 매시간 남긴다."))
    header = (
        '<head><paraPr id="0"><heading type="NONE"/></paraPr>'
        '<paraPr id="1"><heading type="OUTLINE" level="0"/></paraPr>'
        '<paraPr id="2"><heading type="BULLET"/></paraPr>'
        '<style id="3" name="개요 2" engName="Outline 2"/></head>'
    )
    return zipped(
        {
            "Contents/header.xml": header,
            "Contents/section10.xml": f'<sec xmlns:hp="{hp}">{second}</sec>',
            "Contents/section2.xml": f'<sec xmlns:hp="{hp}">{first}</sec>',
        }
    )


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip archive with those files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def pdf(pages: list[list[str]]) -> bytes:
    """A PDF with one text line under the other on each page (ASCII)."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
    kids = []
    for lines in pages:
        text = " T* ".join(f"({line}) Tj" for line in lines)
        stream = f"BT /F1 12 Tf 14 TL 72 720 Td {text} ET".encode()
        number = len(objects) + 1
        kids.append(f"{number} 0 R")
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents {number + 1} 0 R"
            "/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>".encode()
        )
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
    objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>".encode()
    return pdf_file(objects)


PDF = pdf(
    [
        ["Field notes - 1", "The oak lives for 500 years.", "Its bark is thick."],
        ["Field notes - 2", "The birch lives for 80 years.", "Its bark is white."],
        ["Field notes - 3", "The yew outlives them both.", "It may see 2000 years."],
    ]
)

NOTEBOOK = json.dumps(
    {
        "nbformat": 4,
        "cells": [
            {
                "cell_type": "markdown",
                "source": ["# 실험\n", "\n", "물을 **끓인다**. 2분 걸린다.\n"],
            },
            {"cell_type": "code", "source": "x = 1\nprint(x)", "outputs": []},
            {"cell_type": "markdown", "source": "## Result\n\nIt boiled at 99.5 degrees."},
        ],
    },
    ensure_ascii=False,
).encode()

FILES: dict[str, bytes] = {
    "markdown.md": MARKDOWN.encode(),
    "windows.md": MARKDOWN.replace("\n", "\r\n").encode("utf-8-sig"),
    "utf16.md": MARKDOWN.encode("utf-16"),
    "cp949.txt": PLAIN.encode("cp949")
    + "배의 이름은 안나와 베르타이다. 둘 다 낡았다.\n".encode("cp949"),
    "decomposed.md": unicodedata.normalize("NFD", MARKDOWN).encode(),
    "blog.txt": BLOG.encode(),
    "page.html": HTML.encode(),
    "lesson.vtt": CAPTIONS.encode(),
    "pasted.vtt.txt": PASTED.encode(),
    "bridge.srt": SRT.encode(),
    "rolling.vtt": ROLLING.encode(),
    "plain.txt": PLAIN.encode(),
    "library.docx": docx(),
    "slides.pptx": pptx(),
    "station.hwpx": hwpx(),
    "river.sbv": SBV.encode(),
    "trees.pdf": PDF,
    "lab.ipynb": NOTEBOOK,
    "vault.md": VAULT.encode(),
    "pictures.md": PICTURES.encode(),
    "kramdown.md": KRAMDOWN.encode(),
    "latin1.md": "# 제목\n\n한글은 아름답다.\n".encode().decode("latin-1").encode(),
}
"""Every fixture but the one that needs the language model."""


def write_all(root: Path) -> None:
    for name, data in FILES.items():
        (root / name).write_bytes(data)
