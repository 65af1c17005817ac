from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.engine.local.reply import ReplyStream, opens_thinking

TEXT = st.text(alphabet="ab한국어 \n.끝é🙂", max_size=60)


def pour(reply: ReplyStream, data: bytes, cuts: list[int]) -> list[str]:
    shown, at = [], 0
    for cut in sorted({min(c, len(data)) for c in cuts} | {len(data)}):
        shown.append(reply.feed(data[at:cut]))
        at = cut
        if reply.stopped:
            break
    shown.append(reply.end())
    return shown


@settings(deadline=None)
@given(TEXT, st.lists(st.integers(0, 200)))
def test_spaces_before_a_reply_are_not_part_of_it(text: str, cuts: list[int]) -> None:
    reply = ReplyStream(["끝"], trim=True)
    shown = pour(reply, (" \t" + text).encode(), cuts)
    assert "".join(shown) == reply.text == text.lstrip(" \t").split("끝")[0]


@settings(deadline=None)
@given(TEXT, st.lists(st.integers(0, 200)), st.lists(st.text("ab한국끝.", min_size=1, max_size=4)))
def test_pieces_make_the_text_up_to_the_first_stop(
    text: str, cuts: list[int], stops: list[str]
) -> None:
    reply = ReplyStream(stops)
    shown = pour(reply, text.encode(), cuts)
    assert "".join(shown) == reply.text
    assert "\ufffd" not in reply.text
    assert text.startswith(reply.text)
    assert not any(stop in reply.text for stop in stops)
    if not any(stop in text for stop in stops):
        assert reply.text == text
        assert not reply.stopped
    else:
        assert reply.stopped


@settings(deadline=None)
@given(st.lists(st.integers(0, 200)))
def test_korean_is_never_broken(cuts: list[int]) -> None:
    text = "검색 증강 생성은 노트를 읽는다."
    for piece in pour(ReplyStream(), text.encode(), cuts):
        assert "\ufffd" not in piece
        assert set(piece) <= set(text)


def test_half_a_syllable_at_the_end_is_dropped() -> None:
    reply = ReplyStream()
    assert reply.feed("가".encode() + "나".encode()[:2]) == "가"
    assert reply.end() == ""
    assert reply.text == "가"


def test_bytes_that_are_no_text_are_left_out() -> None:
    reply = ReplyStream()
    assert "".join([reply.feed(b"a\xff\xfeb"), reply.feed(b"\x80c"), reply.end()]) == "abc"


@settings(deadline=None)
@given(st.binary(max_size=40), st.lists(st.integers(0, 40)))
def test_any_bytes_at_all(data: bytes, cuts: list[int]) -> None:
    reply = ReplyStream()
    shown = "".join(pour(reply, data, cuts))
    assert shown == reply.text == data.decode("utf-8", "ignore")


@settings(deadline=None)
@given(
    st.text("ab한 \n", max_size=20),
    st.text("ab한", min_size=1, max_size=20),
    st.lists(st.integers(0, 120)),
)
def test_thinking_is_set_apart(thought: str, answer: str, cuts: list[int]) -> None:
    reply = ReplyStream(("STOP",), thinks=True)
    shown = pour(reply, f"\n<think>{thought}</think>\n\n{answer}".encode(), cuts)
    assert reply.thinking == thought.strip()
    assert "".join(shown) == reply.text == answer


def test_a_stop_string_inside_the_thinking_does_not_end_it() -> None:
    reply = ReplyStream(("\n\n",), thinks=True)
    reply.feed(b"<think>one\n\ntwo</think>yes\n\nno")
    assert (reply.thinking, reply.text, reply.stopped) == ("one\n\ntwo", "yes", True)


def test_thinking_never_closed_leaves_no_answer() -> None:
    reply = ReplyStream(inside=True)
    reply.feed(b"hmm </thi")
    reply.end()
    assert (reply.thinking, reply.text) == ("hmm </thi", "")


def test_a_tag_later_in_the_answer_is_text() -> None:
    reply = ReplyStream(thinks=True)
    reply.feed(b"Use <think> tags")
    assert reply.text == "Use <think> tags"


def test_an_open_tag_at_the_end_of_a_prompt() -> None:
    assert opens_thinking("<|im_start|>assistant\n<think>\n")
    assert opens_thinking("<think>\nfirst")
    assert not opens_thinking("<think>\n\n</think>\n\n")
    assert not opens_thinking("assistant\n")
