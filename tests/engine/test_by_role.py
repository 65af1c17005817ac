"""Two models behind one engine: each prompt is put to the model of its role, and priced there."""

from __future__ import annotations

from dataclasses import replace

from pipeline.engine import Engine, ScriptedEngine, request_key
from pipeline.engine.by_role import RoleEngine
from pipeline.pool import DiskPool, MemoryPool
from pipeline.types import Draw, Message, Prompt, Role, Score

ASKED = Prompt((Message("user", "How high is it?"),))


def pair() -> tuple[RoleEngine, ScriptedEngine, ScriptedEngine]:
    reads = ScriptedEngine(lambda *_: "it reads", name="reader", form="completion", context=300)
    reasons = ScriptedEngine(lambda *_: "it reasons well", name="reasoner", context=200)
    return RoleEngine(reads, reasons), reads, reasons


def to(role: Role, draw: int = 0) -> Draw:
    return Draw(replace(ASKED, role=role), draw=draw)


def test_each_prompt_goes_to_the_model_of_its_role() -> None:
    engine, reads, reasons = pair()
    assert isinstance(engine, Engine)
    asked = [to("reason"), to("read"), to("reason", 1)]
    made = {sample.request: sample for sample in engine.sample(asked)}
    assert [made[one].text for one in asked] == ["it reasons well", "it reads", "it reasons well"]
    assert reads.requests == [asked[1]]
    assert reasons.requests == [asked[0], asked[2]]
    # a prompt is read, and paid for, by each model that is asked
    assert [made[one].cost.prompt_tokens > 0 for one in asked] == [True, True, False]


def test_a_sample_has_the_key_it_has_where_its_model_is_alone() -> None:
    engine, reads, reasons = pair()
    for request, alone in ((to("read"), reads), (to("reason"), reasons)):
        (sample,) = engine.sample([request])
        assert sample.key == request_key(engine.info, request) == request_key(alone.info, request)
        assert sample.key == request_key(alone.info, Draw(ASKED))
    assert request_key(engine.info, to("read")) != request_key(engine.info, to("reason"))


def test_likelihoods_come_in_the_order_of_the_requests() -> None:
    engine, reads, reasons = pair()
    roles: list[Role] = ["reason", "read", "read", "reason"]
    asked = [Score(replace(ASKED, role=role), f" word {at}") for at, role in enumerate(roles)]
    assert [one.request for one in engine.score(asked)] == asked
    assert reads.scored == asked[1:3]
    assert reasons.scored == [asked[0], asked[3]]


def test_pools_tell_the_models_apart(tmp_path) -> None:  # type: ignore[no-untyped-def]
    engine, _, reasons = pair()
    with DiskPool(tmp_path / "pool.sqlite", engine.info) as pool:
        for sample in engine.sample([to("read"), to("reason")]):
            pool.put(sample)
        models = {row["name"]: row["samples"] for row in pool.stats()["models"]}
        assert models == {"reader": 1, "reasoner": 1}
    with DiskPool(tmp_path / "pool.sqlite", reasons.info) as pool:
        kept = pool.get(Draw(ASKED))
        assert kept is not None, "what it made beside the other is its own"
        assert pool.get(Draw(ASKED, draw=1)) is None
    memory = MemoryPool(engine.info)
    for sample in engine.sample([to("read")]):
        memory.put(sample)
    assert memory.get(to("read")) is not None
    assert memory.get(to("reason")) is None


def test_it_says_what_both_can_take_and_who_is_who() -> None:
    engine, reads, reasons = pair()
    assert engine.info.name == "reader+reasoner"
    assert engine.info.context == 200
    assert engine.info.forms == {"read": "completion", "reason": "chat"}
    assert engine.info.serving(to("reason").prompt) == reasons.info
    assert reads.info.forms == {"read": "completion"}
    other = RoleEngine(reads, reads)
    assert other.info.sha256 != engine.info.sha256, "another pair is another model to records"


def test_a_sample_is_cancelled_where_it_is_made_and_both_are_closed() -> None:
    engine, _, _ = pair()
    engine.cancel(to("reason"))
    ends = {sample.request: sample.finish for sample in engine.sample([to("read"), to("reason")])}
    assert ends == {to("read"): "stop", to("reason"): "cancelled"}
    closed = []

    class Closes(ScriptedEngine):
        def close(self) -> None:
            closed.append(self.info.name)

    with RoleEngine(Closes({}, name="a"), Closes({}, name="b")):
        pass
    assert closed == ["a", "b"]
