"""Notes of Obsidian: what is shown is read, what is hidden is not, and every fact can be cited."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.notes import Document, cite, read
from pipeline.notes.formats.inline import line_pieces
from pipeline.text.sentences import sentences
from tests.notes.fixtures import VAULT

Reader = Callable[..., Document]
CASES = Path(__file__).parents[2] / "../shared/cases"


def inline(text: str) -> str:
    return "".join(piece.text for piece in line_pieces(text, 0, len(text)))


def test_a_note_is_read_as_it_is_shown(read_text: Reader) -> None:
    document = read_text(VAULT)
    assert [passage.text.split("\n") for passage in document.passages] == [
        [
            "aliases: Yew",
            "tags: trees",
            "height: 28 m",
            "oldest Known: 4000 years",
            "described by: Linnaeus",
            "seen place: churchyard",
            "Where it grows",
            "The yew grows on Soils > Chalk and in shade.",
            "The bark is red. It peels in summer.",
            "growth Rate: 3 cm a year",
            "The seeds take (germination: 18 months) to sprout; see Seeds and Seed^2.",
            "| part | poisonous |",
            "| flesh | no |",
            "- [x] measured the trunk ✅ 2023-04-01",
            "- [ ] ask Mina 📅 2023-05-01",
            "주목은 천천히 자란다. 나이는 테로 잰다.",
            "한 해에 3 cm쯤이다.",
        ]
    ]
    assert [(item.line, item.reason) for item in document.report.dropped] == [
        (12, "hidden comment")
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[[Alps]] [[Alps|the mountains]] [[a/b|c]]", "Alps the mountains c"),
        ("[[Alps#Snow]] [[#Snow]] [[Alps#^a1]] [[#^a1]]", "Alps > Snow Snow Alps "),
        ("![[x.png]]a![[x.png|300]]b![[x.png|300x200]]c![[x.png|a view]]", "abca view"),
        ("[[not closed and [[Alps]]", "[[not closed and Alps"),
        ("a[[한글 문서|문서]]는", "a문서는"),
        ("==a==, ==가==는 (==b c==) x==5, y==6, a == b", "a, 가는 (b c) x==5, y==6, a == b"),
        ("a %%b%% c, 100%%, 5%% of 3%% x", "a c, 100%%, 5%% of 3%% x"),
        ("가%%숨김%%나 %%never closed", "가나 %%never closed"),
        ("`%% code %%` and $%% x %%$", "%% code %% and $%% x %%$"),
        ("end. ^a1b2c3", "end."),
        ("end ^intro-2", "end"),
        ("x^2 and E = mc^2", "x^2 and E = mc^2"),
        ("2 ^n", "2 ^n"),
        ("word^[a note] goes on[^1] and [^long]: so", "word (a note) goes on and : so"),
        ("key:: value", "key: value"),
        ("**Due date**:: Friday", "Due date: Friday"),
        ("마감일:: 금요일", "마감일: 금요일"),
        ("batchSize:: 5", "batch Size: 5"),
        ("it takes [time:: 3 h] or (cost:: 2 €)", "it takes [time: 3 h] or (cost: 2 €)"),
        ("std::vector, f :: Int, note::, x::y", "std::vector, f :: Int, note::, x::y"),
        ("this is. Not a key:: value", "this is. Not a key:: value"),
    ],
)
def test_marks(text: str, wanted: str) -> None:
    assert inline(text) == wanted


def test_comments_over_several_paragraphs_are_hidden(read_text: Reader) -> None:
    text = (
        "Shown one.\n\n%%\n# Draft\n\nhidden a\n```\nhidden b\n%%\n\nShown two.\n\n"
        "> %% hidden c\n> hidden d %%\n> Shown three.\n\n```\n%% code 1\n```\n\n"
        "~~~matlab\n%% code 2\n~~~\n\n{::comment}\nhidden e\n\n{:/comment}\n\n"
        "%% hidden f\n\n%% Shown four.\n\n%% never closed\n"
    )
    document = read_text(text)
    said = "\n".join(passage.text for passage in document.passages)
    assert "hidden" not in said
    for shown in ("one.", "two.", "three.", "four.", "%% code 1", "%% code 2", "%% never closed"):
        assert shown in said
    assert len(document.report.dropped) == 4
    assert all("hidden" in item.text for item in document.report.dropped)


def test_callouts(read_text: Reader) -> None:
    for opening in ("[!NOTE]", "[!warning]-", "[!tip|right]+"):
        (passage,) = read_text(f"> {opening}\n> Keep it *dry*.\n\nMore.\n").passages
        assert passage.text == "Keep it dry.\nMore."
    (passage,) = read_text("> [!quote]+ On **salt**\n").passages
    assert passage.text == "On salt"
    (passage,) = read_text("> [!todo] Outer\n> said\n> > [!info] Inner\n> > also\n").passages
    assert passage.text == "Outer\nsaid\nInner\nalso"
    (passage,) = read_text("> see [!x] here\n\n[!y] there\n").passages
    assert passage.text == "see [!x] here\n[!y] there"


@pytest.mark.parametrize("indent", ["", "  "])
def test_properties_are_facts_that_are_cited(
    read_text: Reader, tmp_path: Path, indent: str
) -> None:
    text = (
        "---\ntitle: 배추\nlang: ko\ndate: 2024-01-02\nharvestTime: 11월\n"
        f'"soil type": \'loam\'\nregions:\n{indent}- 해남\n{indent}- "강릉"\nno value:\n'
        "about:\n  yield: 90 t\n  notes: |\n    grows **fast**\n    in autumn\nold: ~\nraw: true\n"
        "---\n# 재배\n\n배추는 서늘해야 자란다.\n"
    )
    document = read_text(text)
    assert (document.source.title, document.source.language, document.date) == (
        "배추", "ko", "2024-01-02",
    )  # fmt: skip
    passage, body = document.passages
    assert (passage.headings, body.headings) == (("배추",), ("재배",))
    lines = passage.text.split("\n")
    assert lines == [
        "harvest Time: 11월", "soil type: loam", "regions: 해남, 강릉", "about yield: 90 t",
        "about notes: grows fast in autumn", "raw: true",
    ]  # fmt: skip
    assert body.text == "배추는 서늘해야 자란다."
    for start, end in sentences(passage.text, "ko"):
        citation = cite(tmp_path, passage, start, end)
        assert citation.quote in text
        assert passage.text[start:end].split()[-1].strip("*") in citation.quote


def test_properties_stand_below_a_title_or_alone(read_text: Reader) -> None:
    found = read_text("---\ntitle: Tin\nmelts: 232\n---\nIt bends.\n").passages
    assert [(p.headings, p.text) for p in found] == [(("Tin",), "melts: 232"), ((), "It bends.")]
    (only,) = read_text("---\nmelts: 232\n---\nIt bends.\n").passages
    assert only.text == "melts: 232\nIt bends."


@pytest.mark.parametrize(
    ("front", "problem"),
    [
        ("a: [unclosed", "not valid YAML"),
        ("a: {{date}}", "not valid YAML"),
        ("a: " + "[" * 5000, "not valid YAML"),
        ("a: &x [1, 2]\nb: &y [*x, *x]\nc: &z [*y, *y, *y]", ""),
        ("a: " + "word " * 20_000, "too long"),
        ("a: 2024-99-99", "not valid YAML"),
    ],
)
def test_front_matter_that_cannot_be_read(read_text: Reader, front: str, problem: str) -> None:
    document = read_text(f"---\n{front}\n---\n\nThe text is here.\n")
    assert document.passages[-1].text.endswith("The text is here.")
    assert len(document.passages[-1].text) < 60
    assert problem in " ".join(document.report.problems)


SHOWN = (
    "**{s}**", "*{s}*", "==an {s}==", "`{s}`", "[{s}](http://{h}.org/({h}))", "[[{h}|{s}]]",
    "[[{s}]]", "![{s}]({h}.png)", '![{s}](data:image/png;base64,{h}AA== "an {s2}")',
    "<b class='{h}'>{s}</b>",
    "{s}[^1]", "(key:: {s})", "{s} &amp; {s2}", "{s}<br>{s2}", "{s} %% {h} %%", "{s} <!-- {h} -->",
    "<img alt='{h}' src='data:{h}'>{s}", "{s}{{: .{h} #{h}}}", "${s}_1$", "~~{s}~~", "\\*{s}\\*",
    "[{s}][ref]", "![{s}][ref]", "{s} and {s2}", "[ {s} ]", "({s})", "\\({s}^2\\)", "{s}^[{s2}]",
    "![[{h}.png|300]] {s}", "2 * {s} * 3", "{s}_x_{s2}", "&nbsp;{s}", "{s}\\\n{s2}", "{s}\n{s2}",
)  # fmt: skip
BLOCKS = (
    "{line}", "# {line}", "{line}\n===", "- {line}", "1. {line}\n   {line}", "> {line}",
    "> > - {line}", "> [!{h}]- {line}\n> {line}",
    "| {cell} | {cell} |\n|---|---|\n| {cell} | {cell} |",
    "<div id='{h}'>\n{line}\n</div>", "<table><tr><td>{cell}</td><td>{cell}</td></tr></table>",
    "%%\n{h}\n\n{h}\n%%", "[{h}]: data:image/png;base64,{h}", "{s}:: {line}", "```{h}\n{s}\n```",
    "{s}\n: {line}", "{{: .{h}}}", "$$\n{s}\n= {s2}\n$$", "{line} ^{h}", "<script>{h}</script>",
    "<!-- {h}\n\n{h} -->", "<details><summary>{line}</summary>\n\n{line}\n\n</details>", "---",
    "![[{h}]]", "- [x] {line}\n  - {line}", "    {s}", "<p>{line}<p>{line}",
)  # fmt: skip


@st.composite
def notes(draw: st.DrawFn) -> tuple[str, list[str]]:
    """A note, and the words that are seen in it, each once. Hidden words begin with `hid`."""
    seen: list[str] = []

    def word() -> str:
        stem = draw(st.sampled_from(["seen", "보임", "été"]))
        letters = "".join("abcdefghij"[int(digit)] for digit in str(len(seen)))
        seen.append(f"{stem}{letters}z")
        return seen[-1]

    def fill(form: str) -> str:
        parts = {"h": f"hid{draw(st.integers(100, 999))}"}
        for key, make in (("line", line), ("cell", cell), ("s2", word), ("s", word)):
            while f"{{{key}}}" in form:
                form = form.replace(f"{{{key}}}", make().replace("{", "{{").replace("}", "}}"), 1)
        return form.format(**parts)

    def cell() -> str:
        form = draw(st.sampled_from([one for one in SHOWN if "\n" not in one and "|" not in one]))
        return fill(form)

    def line() -> str:
        return " ".join(cell() for _ in range(draw(st.integers(1, 3))))

    parts = [fill(draw(st.sampled_from(BLOCKS))) for _ in range(draw(st.integers(1, 6)))]
    paragraph = " ".join(fill(draw(st.sampled_from(SHOWN))) for _ in range(draw(st.integers(1, 5))))
    front = fill("---\n{s}: {s2}\n---\n") if draw(st.booleans()) else ""
    return f"{front}\n" + "\n\n".join(
        [*parts, paragraph, "[ref]: <data:image/gif;base64,hid>"]
    ), seen


@given(notes())
@settings(max_examples=300, deadline=None)
def test_all_that_is_seen_is_read_and_cited_and_nothing_hidden(
    tmp_path_factory: pytest.TempPathFactory, note: tuple[str, list[str]]
) -> None:
    text, seen = note
    root = tmp_path_factory.mktemp("note")
    (root / "a.md").write_text(text)
    document = read(root, "a.md")
    said = "\n".join(passage.text for passage in document.passages)
    headings = "\n".join(passage.heading for passage in document.passages)
    assert "hid" not in said + headings, text
    for word in seen:
        assert word in said or word in headings, (word, text)
    for passage in document.passages:
        for span in passage.spans:
            if span.verbatim:
                assert text[span.raw_start : span.raw_end] == passage.text[span.start : span.end]
        for start, end in sentences(passage.text, passage.language):
            quote = cite(root, passage, start, end).quote
            assert all(word in quote for word in seen if word in passage.text[start:end])


@pytest.mark.skipif(not CASES.is_dir(), reason="the cases are not beside this checkout")
def test_the_cases() -> None:
    said = {
        name: " ".join(p.text for p in read(CASES / folder, name).passages).replace("\n", " ")
        for folder, name in (
            ("obsidian", "Kestrel network.md"), ("obsidian", "Osprey network.md"),
            ("data-uri", "colab.md"), ("data-uri", "inline.md"),
        )
    }  # fmt: skip
    assert not any(
        mark in text
        for text in said.values()
        for mark in ("[[", "==", "%%", "attention heads", "![", "base64", "[!", "^", "::")
    )
    assert all(len(text) < 900 for text in said.values())
    for fact in (
        "Larkspur Institute",
        "456",
        "0.0007",
        "84 million parameters.",
        "300",
        "| layers |",
    ):
        assert fact in said["Kestrel network.md"]
