"""A run on a cluster of several nodes in this machine: the contract, and a node that dies."""

from __future__ import annotations

import importlib
import inspect
import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from evals.ray.cluster import ENVIRONMENT, open_ray
from evals.run.model_run import ModelRun
from evals.run.recording import records
from evals.run.records import Run
from evals.run.spec import RunSpec, strategy_specs
from evals.tasks import load_task
from pipeline.config import Config
from pipeline.engine import Engine
from pipeline.errors import ConfigError, ModelError, PromptError
from pipeline.pool import DiskPool
from pipeline.types import Draw, Message, Prompt, Sample, SampleParams, Score
from tests.engine import test_contract
from tests.evals.ray import ray_scripts

pytestmark = [
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

ROOT = Path(__file__).parents[3]
STRATEGIES = ["direct", "cot", "cot@sc8", "cot@adaptive16", "cot@refine2"]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A head and a second node, of one processor each."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**ENVIRONMENT, "PYTHONPATH": str(ROOT)}.items():
            patch.setenv(name, value)
        ray: Any = pytest.importorskip("ray", reason="Ray is not installed")
        utils: Any = importlib.import_module("ray.cluster_utils")
        made = utils.Cluster(
            initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False}
        )
        made.add_node(num_cpus=1)
        ray.init(address=made.address, log_to_driver=False, logging_level="ERROR")
        try:
            yield made
        finally:
            ray.shutdown()
            made.shutdown()


@pytest.fixture
def engine(cluster: Any, small: Config) -> Iterator[Engine]:
    # An engine takes the whole of its nodes: it is closed again after each test.
    with open_ray(small, cluster.address, make=ray_scripts.colours) as opened:
        assert len(opened.nodes) == 2
        yield opened


# The contract of all engines, kept by this one too.
CONTRACT = {
    name: test
    for name, test in vars(test_contract).items()
    if name.startswith("test_") and "engine" in inspect.signature(test).parameters
}
globals().update(CONTRACT)


def order(n: int = 12) -> RunSpec:
    params = SampleParams(temperature=0.7, max_tokens=0)
    return RunSpec((load_task(f"sums:n={n}"),), strategy_specs(STRATEGIES), params)


def run(config: Config, on: Engine, file: Path, meanwhile: Any = None) -> tuple[Run, list[Sample]]:
    """A run over a pool on disk, and the draws that were made for it."""
    made: list[Sample] = []

    def seen(sample: Sample) -> None:
        made.append(sample)
        if meanwhile and len(made) == 40:
            meanwhile()

    with ExitStack() as stack, DiskPool(file, on.info) as pool:
        model_run = ModelRun(stack, config, order(), on)
        model_run.draw(pool, seen)
        return records("run", [model_run], {}), made


def told(found: Run) -> str:
    """All of a run but the seconds, which no two runs share."""
    rows = asdict(replace(found, outcomes=tuple(replace(o, seconds=0.0) for o in found.outcomes)))
    return json.dumps(rows, sort_keys=True, default=str)


def test_a_run_on_the_cluster_is_the_run_on_one_machine(
    cluster: Any, small: Config, tmp_path: Path
) -> None:
    with open_ray(small, cluster.address, make=ray_scripts.sums) as spread:
        there, made = run(small, spread, tmp_path / "cluster.sqlite")
    alone = ray_scripts.sums(1, "")
    here, drawn = run(small, alone, tmp_path / "alone.sqlite")
    assert told(there) == told(here)
    assert {s.key for s in made} == {s.key for s in drawn}
    again, none = run(small, alone, tmp_path / "cluster.sqlite")
    assert none == []
    assert told(again) == told(there)


def test_an_error_of_a_node_is_told_as_it_was_there(cluster: Any, small: Config) -> None:
    with (
        pytest.raises(ModelError, match="no such file"),
        open_ray(small, cluster.address, make=ray_scripts.refusing),
    ):
        pass
    with (
        pytest.raises(ModelError, match="another model: version"),
        open_ray(small, cluster.address, make=ray_scripts.unequal),
    ):
        pass


def test_a_prompt_that_is_too_long_is_said_so(engine: Engine) -> None:
    long = Prompt((Message("user", "word " * 600),))
    with pytest.raises(PromptError, match="too long"):
        list(engine.sample([Draw(long, SampleParams(max_tokens=4))]))


def test_a_cancelled_draw_comes_cancelled(engine: Engine) -> None:
    prompt = Prompt((Message("user", "Colours?"),))
    requests = [Draw(prompt, SampleParams(), draw=i, item="cancel") for i in range(3)]
    engine.cancel(requests[1])
    finishes = {s.request.draw: s.finish for s in engine.sample(requests)}
    assert finishes == {0: "stop", 1: "cancelled", 2: "stop"}


def test_scores_are_the_nodes_own(engine: Engine) -> None:
    prompt = Prompt((Message("user", "Colours?"),))
    alone = ray_scripts.colours(1, "")
    wanted = [Score(prompt, "red"), Score(prompt, "blue")]
    assert list(engine.score(wanted)) == list(alone.score(wanted))
    assert engine.count(prompt) == alone.count(prompt)


def test_a_node_that_dies_costs_nothing_but_time(
    cluster: Any, small: Config, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    doomed = cluster.add_node(num_cpus=1)
    notices: list[str] = []
    with open_ray(small, cluster.address, notices.append, ray_scripts.slow_sums) as spread:
        assert len(spread.nodes) == 3
        there, made = run(
            small,
            spread,
            tmp_path / "cluster.sqlite",
            lambda: cluster.remove_node(doomed, allow_graceful=False),
        )
        assert len(spread.nodes) == 2
    assert len(notices) == 1
    assert "2 go on" in notices[0]
    time.sleep(15)  # what Ray says of it comes late
    assert capfd.readouterr().out == ""
    assert len({s.key for s in made}) == len(made)
    here, drawn = run(small, ray_scripts.slow_sums(1, ""), tmp_path / "alone.sqlite")
    assert {s.key for s in made} == {s.key for s in drawn}
    assert told(there) == told(here)


@pytest.mark.parametrize(
    ("address", "why"),
    [("127.0.0.1:9", "refused"), ("somewhere", "host:port"), ("127.0.0.1:http", "host:port")],
)
def test_where_there_is_no_cluster_it_is_said_in_a_line(
    small: Config, monkeypatch: pytest.MonkeyPatch, address: str, why: str
) -> None:
    ray = pytest.importorskip("ray", reason="Ray is not installed")
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    with (
        pytest.raises(ConfigError, match=rf"{address}: there is no cluster .*{why}") as raised,
        open_ray(small, address),
    ):
        pass
    assert "\n" not in str(raised.value)
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
