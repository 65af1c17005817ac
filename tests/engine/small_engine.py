"""The local engine on the embedded model, for the tests of its parts."""

from __future__ import annotations

from pipeline.engine.local.engine import LocalEngine
from pipeline.engine.local.native import EngineSettings
from pipeline.types import Draw, Message, Prompt, Sample, SampleParams

UNIFIED = EngineSettings(unified=True, streams=4)
SPLIT = EngineSettings(unified=False, streams=4)
ASK = Prompt((Message("user", "Name three colours of the rainbow."),))
GREEDY = SampleParams(temperature=0.0, max_tokens=12)
WARM = SampleParams(temperature=1.0, max_tokens=12)


def draws(engine: LocalEngine, *requests: Draw) -> list[Sample]:
    return sorted(engine.sample(requests), key=lambda s: (s.request.item, s.request.draw))


def busy(engine: LocalEngine) -> int:
    for scheduler in engine.schedulers:
        table = scheduler.cache.table
        assert table.free + len(table.live) == table.count
    return sum(
        scheduler.cache.table.busy + len(scheduler.running) + len(scheduler.waiting)
        for scheduler in engine.schedulers
    )
