"""The local engine on the embedded model: sampling, cancelling, bad input."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.engine.base import draw_seed
from pipeline.engine.local.engine import LocalEngine
from pipeline.errors import ModelError, PromptError
from pipeline.models.local_files import embedded_model
from pipeline.types import Draw, Message, Prompt, Sample, SampleParams, Score
from tests.engine.small_engine import ASK, GREEDY, WARM, busy, draws

pytestmark = pytest.mark.model


def test_the_same_draw_is_the_same_sample_and_another_is_another(engine: LocalEngine) -> None:
    def one(**change: object) -> Sample:
        engine.release()
        params = replace(WARM, seed=change.pop("seed", 0))  # type: ignore[arg-type]
        return draws(engine, Draw(ASK, params, **change))[0]  # type: ignore[arg-type]

    base = one()
    again = one()
    assert (base.text, base.key, base.confidence) == (again.text, again.key, again.confidence)
    others = [one(draw=1), one(item="x"), one(seed=1)]
    assert len({base.key, *(s.key for s in others)}) == 4
    assert len({base.text, *(s.text for s in others)}) > 2
    seeds = {draw_seed(s, i, d) for s in range(5) for i in ("a", "b") for d in range(100)}
    assert len(seeds) == 1000


def test_pieces_join_to_the_text(engine: LocalEngine) -> None:
    shown: dict[int, str] = {}

    def show(request: Draw, piece: str) -> None:
        shown[request.draw] = shown.get(request.draw, "") + piece

    params = replace(WARM, stop=("e ", "\n"), max_tokens=20)
    for s in engine.sample([Draw(ASK, params, draw=i) for i in range(8)], show):
        assert shown.get(s.request.draw, "") == s.text
        assert "e " not in s.text


def test_korean_is_whole_streamed_or_not(engine: LocalEngine) -> None:
    prompt = Prompt(
        text="안녕하세요. 저는 한국어로 말합니다. 안녕하세요. 저는 한국어로 말합니다. 안녕하세요."
    )
    params = SampleParams(temperature=0.3, max_tokens=24)
    pieces: list[str] = []
    samples = list(
        engine.sample(
            [Draw(prompt, params, draw=i) for i in range(6)],
            lambda _, piece: pieces.append(piece),
        )
    )
    assert any("가" <= c <= "힣" for s in samples for c in s.text)
    assert not any("\ufffd" in text for text in [*pieces, *(s.text for s in samples)])


def test_a_stop_string_across_tokens_and_inside_korean(engine: LocalEngine) -> None:
    prompt = Prompt(text="하나 둘 셋 넷 다섯. 하나 둘 셋 넷 다섯. 하나 둘 셋")
    full = draws(engine, Draw(prompt, replace(GREEDY, max_tokens=24)))[0].text
    assert len(full) > 4
    stop = full[2:4]
    cut = draws(engine, Draw(prompt, replace(GREEDY, max_tokens=24, stop=(stop,))))[0]
    assert cut.finish == "stop"
    assert cut.text == full[: full.index(stop)]


def test_cancelling_one_stream_leaves_the_others(engine: LocalEngine) -> None:
    def stop_odd(request: Draw, piece: str) -> bool:
        return request.draw % 2 == 0

    samples = draws_with(engine, [Draw(ASK, WARM, draw=i) for i in range(6)], stop_odd)
    ends = [s.finish for s in samples]
    assert ends[1::2] == ["cancelled"] * 3
    assert "cancelled" not in ends[::2]
    assert all(s.tokens < 12 for s in samples[1::2])
    assert busy(engine) == 0


def draws_with(engine: LocalEngine, requests: list[Draw], on_token: object) -> list[Sample]:
    got = engine.sample(requests, on_token)  # type: ignore[arg-type]
    return sorted(got, key=lambda s: s.request.draw)


def test_cancel_by_name_waiting_or_running(engine: LocalEngine) -> None:
    requests = [Draw(ASK, WARM, draw=i) for i in range(8)]

    def cancel(request: Draw, piece: str) -> None:
        engine.cancel(requests[1])
        engine.cancel(requests[7])

    ends = {s.request.draw: s.finish for s in engine.sample(requests, cancel)}
    assert len(ends) == 8
    assert ends[1] == ends[7] == "cancelled"
    assert ends[0] != "cancelled"


def test_closing_early_leaks_nothing(engine: LocalEngine) -> None:
    for _ in range(5):
        stream = engine.sample([Draw(ASK, WARM, draw=i) for i in range(9)])
        next(stream)
        stream.close()  # type: ignore[attr-defined]
        assert busy(engine) == 0
    never = engine.sample([Draw(ASK, WARM)])
    del never
    assert busy(engine) == 0


def test_a_listener_that_raises_harms_nobody_else(engine: LocalEngine) -> None:
    def broken(request: Draw, piece: str) -> None:
        raise ZeroDivisionError

    counting = Prompt(text="one, two, three, four, five, six, seven, eight, one, two, three,")
    alone = draws(engine, Draw(counting, GREEDY))[0].text
    other = engine.sample([Draw(counting, GREEDY, item="ok")])
    victim = engine.sample([Draw(counting, GREEDY, draw=i) for i in range(2)], broken)
    with pytest.raises(ZeroDivisionError):
        list(victim)
    assert [s.text for s in other] == [alone]
    assert busy(engine) == 0


def test_two_callers_at_once(engine: LocalEngine) -> None:
    one = engine.sample([Draw(ASK, WARM, draw=i, item="one") for i in range(5)])
    two = engine.sample([Draw(ASK, WARM, draw=i, item="two") for i in range(5)])
    got = [next(one), next(two), next(two), *one, *two]
    assert sorted(s.request.item for s in got) == ["one"] * 5 + ["two"] * 5
    results: list[Sample] = []
    threads = [
        threading.Thread(
            target=lambda n=n: results.extend(
                engine.sample([Draw(ASK, WARM, draw=i, item=n) for i in range(4)])
            )
        )
        for n in ("a", "b")
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(results) == 8
    assert busy(engine) == 0


def test_a_grammar_is_obeyed(engine: LocalEngine) -> None:
    params = SampleParams(temperature=1.0, max_tokens=8, grammar='root ::= "yes" | "no"')
    texts = {s.text for s in draws(engine, *(Draw(ASK, params, draw=i) for i in range(6)))}
    assert texts <= {"yes", "no"}
    with pytest.raises(PromptError, match="GBNF"):
        engine.sample([Draw(ASK, replace(params, grammar="root ::= ("))])


def test_a_bad_grammar_makes_no_noise(
    engine: LocalEngine, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(PromptError):
        engine.sample([Draw(ASK, SampleParams(grammar="nonsense"))])
    assert capfd.readouterr() == ("", "")


def test_logit_bias_and_repeat_penalty(engine: LocalEngine) -> None:
    token = engine._model.tokenize(" sea", special=False, first=False)[0]
    params = replace(GREEDY, logit_bias=((token, 100.0),), max_tokens=4)
    assert draws(engine, Draw(ASK, params))[0].text == " sea sea sea sea"
    calm = replace(params, logit_bias=((token, 20.0),), repeat_penalty=4.0)
    assert draws(engine, Draw(ASK, calm))[0].text != " sea sea sea sea"
    with pytest.raises(PromptError, match="logit_bias"):
        engine.sample([Draw(ASK, replace(params, logit_bias=((10**6, 1.0),)))])


def test_a_prompt_too_long_says_by_how_much(engine: LocalEngine) -> None:
    prompt = Prompt(text="word " * 600)
    n = engine.count(prompt)
    with pytest.raises(PromptError, match=rf"{n} tokens, {n - 511} more .* 512.*Lower ask\.k"):
        engine.sample([Draw(prompt, GREEDY)])
    with pytest.raises(PromptError):
        list(engine.score([Score(prompt, " a")]))


def test_the_answer_ends_where_the_context_does(engine: LocalEngine) -> None:
    prompt = Prompt(text="word " * 500)
    room = 512 - engine.count(prompt)
    bias = tuple((t, -100.0) for t in (0, 1, 2))
    params = SampleParams(temperature=0.0, max_tokens=400, logit_bias=bias)
    sample = draws(engine, Draw(prompt, params))[0]
    assert (sample.finish, sample.tokens) == ("length", room)


def test_thinking_has_a_budget(engine: LocalEngine) -> None:
    prompt = Prompt((*ASK.messages, Message("assistant", "<think>\nLet me see.")))
    params = SampleParams(temperature=0.0, max_tokens=24, think_budget=5)
    sample = draws(engine, Draw(prompt, params))[0]
    assert sample.thinking
    assert sample.text
    assert "think>" not in sample.text + sample.thinking
    free = draws(engine, Draw(prompt, replace(params, think_budget=None)))[0]
    assert free.text == ""
    assert free.thinking.startswith(sample.thinking[:10])


def test_a_thought_that_ends_too_soon_goes_on(engine: LocalEngine) -> None:
    prompt = Prompt((*ASK.messages, Message("assistant", "<think>\nLet me see.")))
    end = engine._model.tokenize("<|im_end|>", special=True, first=False)[0]
    params = SampleParams(temperature=0.0, max_tokens=20, logit_bias=((end, 100.0),), think_min=6)
    sample = draws(engine, Draw(prompt, params))[0]
    assert sample.thinking.startswith("Wait,")
    assert sample.tokens >= 6
    assert draws(engine, Draw(prompt, replace(params, think_min=0)))[0].tokens == 0


def test_confidence_is_of_the_tokens_written(engine: LocalEngine) -> None:
    sure = draws(engine, Draw(Prompt(text="1, 2, 3, 4, 5, 6, 7,"), GREEDY))[0].confidence
    wild = draws(
        engine,
        Draw(Prompt(text="1, 2"), SampleParams(temperature=3.0, top_k=0, top_p=1.0, min_p=0.0)),
    )[0].confidence
    assert sure.mean_logprob > wild.mean_logprob
    assert sure.lowest_group <= sure.mean


def test_a_model_removed_while_it_runs(tmp_path: Path) -> None:
    copy = tmp_path / "model.gguf"
    shutil.copy(embedded_model(), copy)
    with LocalEngine(copy, context=256) as engine:
        stream = engine.sample([Draw(ASK, WARM, draw=i) for i in range(20)])
        next(stream)
        copy.unlink()
        assert len(list(stream)) == 19
    with pytest.raises(ModelError, match="no such model file"):
        LocalEngine(copy)


def test_a_closed_engine_says_so() -> None:
    engine = LocalEngine(embedded_model(), context=256)
    engine.close()
    engine.close()
    with pytest.raises(ModelError, match="closed"):
        list(engine.sample([Draw(ASK, GREEDY)]))


def test_nothing_is_printed_and_a_bad_file_is_one_line(tmp_path: Path) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(embedded_model().read_bytes()[:5_000_000])
    code = (
        "import sys; from pathlib import Path\n"
        "from pipeline.engine.local.engine import LocalEngine\n"
        "from pipeline.errors import ModelError\n"
        "from pipeline.types import *\n"
        "try: LocalEngine(Path(sys.argv[1]))\n"
        "except ModelError as e: print(e)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(bad)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        check=True,
    )
    assert done.stdout.count("\n") == 1
    assert "is cut off" in done.stdout
    assert done.stderr == ""
