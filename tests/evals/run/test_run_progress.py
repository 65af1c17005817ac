"""How long a run will take is foretold from all its strategies."""

from __future__ import annotations

import pytest

from evals.run.run_progress import RunProgress, foretold, spread
from pipeline.engine import ScriptedEngine
from pipeline.text.messages import translate
from pipeline.types import Draw, Message, Prompt, Sample, SampleParams

PARAMS = SampleParams(max_tokens=8)


def asked(words: int, number: int, draws: int = 1) -> list[Draw]:
    prompt = Prompt((Message("user", f"{number} " + "word " * (words - 2)),))
    return [Draw(prompt, PARAMS, draw) for draw in range(draws)]


SHORT = [draw for i in range(40) for draw in asked(10, i)]
LONG = [draw for i in range(40) for draw in asked(1000, i)]
SHARED = [draw for i in range(10) for draw in asked(500, 100 + i, 8)]


@pytest.mark.parametrize("count", [1, 3, 16, 160, 500])
def test_a_probe_is_spread_over_all(count: int) -> None:
    everything = SHORT + LONG + SHARED
    probe = spread(everything, count)
    assert len(probe) == len(set(probe)) == min(count, len(everything))
    assert [everything.index(one) for one in probe] == sorted(map(everything.index, probe))
    if count >= 16:
        for part in (SHORT, LONG, SHARED):
            assert set(probe) & set(part)


def price(samples: list[Sample], engine: ScriptedEngine) -> float:
    """Seconds, at 1 for each token read or written; a prompt is read once."""
    read = sum(map(engine.count, {sample.request.prompt for sample in samples}))
    return read + sum(sample.tokens for sample in samples)


def test_what_is_foretold_is_what_it_takes() -> None:
    everything = SHORT + LONG + SHARED
    engine = ScriptedEngine(lambda _, draw: "so it is " * (1 + draw % 2))
    first = list(engine.sample(spread(everything, 16)))
    rest = list(engine.sample([one for one in everything if one not in spread(everything, 16)]))
    whole = price(first + rest, engine) - price(first, engine)
    told = foretold(first, price(first, engine), everything, engine.count)
    assert told == pytest.approx(whole, rel=0.1)
    # By the first ones alone, at so many seconds each, a tenth of that was foretold.
    alone = list(engine.sample(everything[:16]))
    assert price(alone, engine) / 16 * (len(everything) - 16) < whole / 5


def test_nothing_left_takes_no_time() -> None:
    engine = ScriptedEngine(lambda _, draw: "yes")
    made = list(engine.sample(SHORT))
    assert foretold(made, 3.0, SHORT, engine.count) == 0
    assert foretold([], 1.0, [], engine.count) == 0


def test_what_is_said_of_a_run_is_said_in_korean(capsys: pytest.CaptureFixture[str]) -> None:
    watch = RunProgress(translated=lambda line: translate(line, "ko"))
    watch.estimate(600)
    watch.thought(("수능", "17"), False)
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "없는 샘플에 10분쯤 걸립니다.",
        "수능: 17은 너무 길어 물을 수 없습니다. 답하지 않은 것으로 셉니다.",
    ]
