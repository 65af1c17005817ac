"""Work that the server ends tells who waits for it that the server is closing."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.serve.client_stream import ClientStream
from pipeline.serve.errors import Refused
from pipeline.serve.request_queue import QueuedJob


def until_left(client: ClientStream) -> None:
    while True:
        client.check()
        time.sleep(0.001)


@pytest.mark.parametrize("late", [False, True])
def test_work_that_ends_at_once_when_it_is_ended_is_no_fault_of_ours(late: bool) -> None:
    async def run() -> Refused:
        with ThreadPoolExecutor(1) as workers:
            job = QueuedJob(workers, until_left)
            job.end()
            while late and not job.future.done():  # it has ended before anybody asks
                time.sleep(0.001)
            with pytest.raises(Refused) as told:
                await job.result()
            return told.value

    refused = asyncio.run(run())
    assert (refused.status, refused.code) == (503, "closing")


def test_what_the_work_raises_is_raised() -> None:
    def broken(_: ClientStream) -> None:
        raise ZeroDivisionError

    async def run() -> None:
        with ThreadPoolExecutor(1) as workers:
            job = QueuedJob(workers, broken)
            while not job.future.done():
                time.sleep(0.001)
            job.end()
            with pytest.raises(ZeroDivisionError):
                await job.result()

    asyncio.run(run())
