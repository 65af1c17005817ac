"""A node's engine, without a cluster around it."""

from __future__ import annotations

import pytest

from evals.ray.worker import NodeEngine, raised
from pipeline.engine import ScriptedEngine
from pipeline.errors import ModelError, PromptError
from pipeline.types import Draw, Message, Prompt, Sample, SampleParams
from tests.evals.ray import ray_scripts

ASK = Prompt((Message("user", "Name three colours of the rainbow."),))
ON = Prompt((*ASK.messages, Message("assistant", "red"), Message("user", "More?")))


def opened() -> NodeEngine:
    seat = NodeEngine(ray_scripts.colours, 1)
    assert raised(seat.open("")).name == "scripted"
    return seat


def draw(seat: NodeEngine, requests: list[Draw], pays: list[bool]) -> list[Sample]:
    samples: list[Sample] = raised(seat.draw(1, requests, pays, []))
    return samples


@pytest.mark.parametrize("prompt", [ASK, ON])
def test_a_draw_whose_prompt_another_pays_costs_what_it_would_have(prompt: Prompt) -> None:
    parent = "f" * 64 if prompt is ON else None
    requests = [Draw(prompt, SampleParams(), draw=i, parent=parent) for i in range(4)]
    alone = {s.request: s for s in ScriptedEngine(ray_scripts.colour, context=512).sample(requests)}
    first = draw(opened(), requests[:2], [True, False])
    second = draw(opened(), requests[2:], [False, False])  # a node that has not seen the prompt
    for sample in [*first, *second]:
        assert sample == alone[sample.request]


def test_errors_travel_as_their_words() -> None:
    with pytest.raises(ModelError, match="is not open"):
        draw(NodeEngine(ray_scripts.colours, 1), [Draw(ASK, SampleParams())], [True])
    with pytest.raises(ModelError, match=r"weights\.gguf") as found:
        raised(NodeEngine(ray_scripts.refusing, 1).open(""))
    assert found.value.remedy == "Fetch it."
    long = Prompt((Message("user", "word " * 600),))
    with pytest.raises(PromptError, match="too long"):
        draw(opened(), [Draw(long, SampleParams())], [True])


def test_what_is_stopped_or_cancelled_ends() -> None:
    seat = opened()
    requests = [Draw(ASK, SampleParams(), draw=i) for i in range(3)]
    samples = raised(seat.draw(1, requests, [True, False, False], requests[1:2]))
    assert [s.finish for s in samples] == ["stop", "cancelled", "stop"]
    seat.stop(2)
    samples = raised(seat.draw(2, requests, [True, False, False], []))
    assert {s.finish for s in samples} == {"cancelled"}
    samples = raised(seat.draw(2, requests, [True, False, False], []))
    assert {s.finish for s in samples} == {"stop"}
