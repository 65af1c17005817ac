"""A Ray cluster joined, and an engine opened on each of its nodes."""

from __future__ import annotations

import importlib
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from evals.ray.engine import CALLS, RayEngine
from evals.ray.worker import Maker, NodeEngine
from pipeline.engine.base import Engine
from pipeline.errors import ConfigError, ModelError, filled

if TYPE_CHECKING:
    from pipeline.config import Config

__all__ = ["ENVIRONMENT", "open_node", "open_ray", "seats"]

# Read by Ray when it is imported.
ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is told to anybody
    # What nodes log would come on standard output, in the middle of `--json`; that one died is told
    # by `on_notice`.
    "RAY_DEDUP_LOGS": "1",
    "RAY_DEDUP_LOGS_SKIP_REGEX": r"(?s)^",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}


@contextmanager
def open_ray(
    config: Config,
    address: str,
    on_notice: Callable[[str], None] = lambda _: None,
    make: Maker | None = None,
) -> Iterator[RayEngine]:
    """The configured engine on every node of the cluster at `address` (`host:port`, `auto` for the
    one this machine belongs to, `local` for one started here and now). `make` opens another.

    Raises ConfigError where Ray is not installed or there is no cluster, ModelError where a node
    cannot load the model.
    """
    ray, mine = _connected(address)
    try:
        found = list(seats(ray, make or partial(open_node, config)))
        if not found:
            raise ModelError("The cluster has no node with a processor.", "Add one: ray start.")
        try:
            with RayEngine(found, on_notice) as engine:
                yield engine
        finally:
            for _, seat in found:
                ray.kill(seat)
    finally:
        if mine:
            ray.shutdown()


def _connected(address: str) -> tuple[Any, bool]:
    """Ray, and whether the connection is ours to end."""
    os.environ.update(ENVIRONMENT)
    try:
        ray: Any = importlib.import_module("ray")
    except ImportError:
        raise ConfigError("Ray is not installed.", "pip install 'thinkscale[ray]'") from None
    if ray.is_initialized():
        return ray, False
    common = {"log_to_driver": False, "logging_level": "ERROR"}
    try:
        if address == "local":
            ray.init(include_dashboard=False, **common)
        else:
            _knock(address)
            ray.init(address=address, **common)
    except (OSError, ValueError, RuntimeError, AssertionError) as error:
        why = next(iter(str(error).splitlines()), type(error).__name__).rstrip(".")
        raise ConfigError(
            filled(
                "--ray {address}: there is no cluster to be reached ({why}).",
                address=address,
                why=why,
            ),
            "`ray start --head` starts one; --ray local needs none.",
        ) from None
    return ray, True


def _knock(address: str) -> None:
    """Raises OSError or ValueError where nobody listens: Ray would try for minutes."""
    if address == "auto":
        return
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdecimal():
        raise ValueError("an address is host:port, auto or local")
    socket.create_connection((host.strip("[]"), int(port)), timeout=5).close()


def seats(ray: Any, make: Maker) -> Iterator[tuple[str, Any]]:
    """An actor on every node, with all of the node."""
    placing: Any = importlib.import_module("ray.util.scheduling_strategies")
    seat = ray.remote(NodeEngine)
    for node in ray.nodes():
        processors = int(node["Resources"].get("CPU", 0))
        if not node["Alive"] or not processors:
            continue
        here = placing.NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
        yield (
            node["NodeManagerAddress"],
            seat.options(
                num_cpus=processors,
                num_gpus=node["Resources"].get("GPU", 0),
                max_concurrency=CALLS,
                max_restarts=0,
                scheduling_strategy=here,
            ).remote(make, processors),
        )


def open_node(config: Config, processors: int, weights: str) -> Engine:
    """The configured engine, with as many threads as the node lends."""
    from pipeline.engine import open_engine

    model = config.settings.model
    if model.threads == "auto" and processors != os.cpu_count():
        model = model.model_copy(update={"threads": processors})
    settings = config.settings.model_copy(update={"model": model})
    return open_engine(
        replace(config, settings=settings), weights=weights, on_notice=lambda _: None
    )
