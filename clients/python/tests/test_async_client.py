"""The client for asyncio: the same results, a bounded number of calls at a time, and harmless cancellations."""

import asyncio
import sys
import threading
import time

import numpy as np
import pytest
from fake_service import NO_RESPONSE, RESPONSE, FakeService, problem, success

from focal_loss_client import AsyncFocalLossClient, FocalLossClient, FocalLossWarning, ServiceConnectionError

BATCH = {"logits": np.array([[1.0, -2.0], [0.5, 2.0]], np.float32), "labels": np.array([1, 0])}


class CountingService(FakeService):
    """Takes a while for each response, and counts the requests at the same time."""

    def __init__(self):
        super().__init__()
        self.running = 0
        self.max_running = 0
        self.finished = 0
        self._lock = threading.Lock()

    def respond(self, request, body):
        with self._lock:
            self.running += 1
            self.max_running = max(self.max_running, self.running)
        time.sleep(0.05)
        with self._lock:
            self.running -= 1
            self.finished += 1
        return super().respond(request, body)


@pytest.fixture
def counting():
    with CountingService() as service:
        yield service


def test_results_are_those_of_the_other_client(service_url):
    async def main():
        async with AsyncFocalLossClient(service_url) as client:
            gammas = [0, 1, 2, 3.5]
            calls = [client.focal_loss(BATCH["logits"], BATCH["labels"], gamma=gamma) for gamma in gammas]
            results = await asyncio.gather(*calls)
            return results, await client.sweep(BATCH["logits"], BATCH["labels"], gammas, alphas=[None, 0.25])

    results, sweep = asyncio.run(main())
    with FocalLossClient(service_url) as client:
        for result, gamma in zip(results, [0, 1, 2, 3.5], strict=True):
            expected = client.focal_loss(**BATCH, gamma=gamma)
            assert result.loss == expected.loss
            np.testing.assert_array_equal(result.gradients, expected.gradients)
        points = client.sweep(**BATCH, gammas=[0, 1, 2, 3.5], alphas=[None, 0.25]).grid
    assert [point.loss for point in sweep.grid] == [point.loss for point in points]


def test_arguments_are_those_of_the_other_client():
    for name in ("__init__", "focal_loss", "sweep"):
        one, other = getattr(FocalLossClient, name), getattr(AsyncFocalLossClient, name)
        assert list(one.__annotations__.items()) == list(other.__annotations__.items())
        assert one.__kwdefaults__ == other.__kwdefaults__


def test_no_more_than_pool_size_calls_run_at_the_same_time(counting):
    async def main():
        async with AsyncFocalLossClient(counting.url, pool_size=3) as client:
            await asyncio.gather(*(client.focal_loss(**BATCH) for _ in range(12)))

    asyncio.run(main())
    assert counting.max_running == 3
    assert len({port for port, *_ in counting.requests}) <= 3


def test_a_cancelled_call_leaves_its_connection_to_the_next(counting):
    async def main():
        async with AsyncFocalLossClient(counting.url, pool_size=1) as client:
            await client.focal_loss(**BATCH)
            for _ in range(5):
                counting.responses = [success({**RESPONSE, "loss": 7.0})]
                with pytest.raises(asyncio.TimeoutError):
                    await asyncio.wait_for(client.focal_loss(**BATCH), 0.02)
                task = asyncio.create_task(client.focal_loss(**BATCH))
                await asyncio.sleep(0)
                task.cancel()  # It waits for its turn.
                with pytest.raises(asyncio.CancelledError):
                    await task
                while counting.running or counting.finished != len(counting.requests):
                    await asyncio.sleep(0.001)
                counting.responses = [success({**RESPONSE, "loss": 3.0})]
                assert (await client.focal_loss(**BATCH)).loss == 3

    asyncio.run(main())
    assert len({port for port, *_ in counting.requests}) == 1
    assert len(counting.requests) == 11  # Those that waited for their turn were left out.


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="shared memory is supported on Linux")
def test_cancelled_calls_in_shared_memory(start_service):
    _, url = start_service("--port", "0", "--shared-memory", "on")
    logits = np.random.default_rng(1).normal(size=(100_000, 4)).astype(np.float32)
    labels = np.arange(100_000) % 4

    async def main():
        async with AsyncFocalLossClient(url, pool_size=2, shared_memory="require") as client:
            expected = await client.focal_loss(logits, labels, gamma=1)
            for milliseconds in range(20):
                tasks = [asyncio.create_task(client.focal_loss(logits, labels, gamma=gamma)) for gamma in (2, 3)]
                await asyncio.sleep(milliseconds / 1000)
                for task in tasks:
                    task.cancel()
                result = await client.focal_loss(logits, labels, gamma=1)
                assert result.loss == expected.loss
                np.testing.assert_array_equal(result.gradients, expected.gradients)
                await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(main())


def test_a_cancelled_call_is_not_retried(fake):
    fake.responses = [problem(503, "not_ready", retry_after="30"), success()]

    async def main():
        async with AsyncFocalLossClient(fake.url, pool_size=1) as client:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(client.focal_loss(**BATCH), 0.3)
            assert (await client.focal_loss(**BATCH)).loss == 0.5

    start = time.monotonic()
    asyncio.run(main())
    assert time.monotonic() - start < 10
    assert len(fake.requests) == 2


def test_closing_waits_for_calls_in_flight(counting):
    async def main():
        client = AsyncFocalLossClient(counting.url, pool_size=1)
        tasks = [asyncio.create_task(client.focal_loss(**BATCH)) for _ in range(3)]
        await asyncio.sleep(0)
        await client.close()
        await client.close()
        assert [(await task).loss for task in tasks] == [0.5] * 3
        with pytest.raises(RuntimeError, match="shutdown"):
            await client.focal_loss(**BATCH)

    asyncio.run(main())


def test_one_client_in_several_event_loops(fake):
    client = AsyncFocalLossClient(fake.url)
    for _ in range(2):
        assert asyncio.run(client.focal_loss(**BATCH)).loss == 0.5
    asyncio.run(client.close())


def test_the_event_loop_is_not_blocked(fake):
    fake.responses = [NO_RESPONSE]

    async def main():
        async with AsyncFocalLossClient(fake.url, timeout=0.5, max_retry_seconds=0) as client:
            task = asyncio.create_task(client.focal_loss(**BATCH))
            ticks = 0
            while not task.done():
                await asyncio.sleep(0.01)
                ticks += 1
            assert ticks > 10
            with pytest.raises(ServiceConnectionError):
                await task

    asyncio.run(main())


def test_warnings_are_of_the_line_that_awaits(fake):
    fake.responses = [success({**RESPONSE, "warnings": [{"code": "new", "message": "a message"}]})]

    async def main():
        async with AsyncFocalLossClient(fake.url) as client:
            with pytest.warns(FocalLossWarning, match=r"^new: a message$") as warned:
                await client.focal_loss(**BATCH)
        assert [warning.filename for warning in warned] == [__file__]

    asyncio.run(main())


def test_errors():
    async def main():
        async with AsyncFocalLossClient("http://127.0.0.1:1", max_startup_seconds=0.1) as client:
            with pytest.raises(ServiceConnectionError, match="npm start"):
                await client.focal_loss(**BATCH)
            with pytest.raises(TypeError, match="'labels' is missing"):
                await client.focal_loss([1.0])
            with pytest.raises(TypeError, match='here it is "labels"'):
                await client.focal_loss([1.0], targets=[1])
            with pytest.raises(TypeError, match="'gammas' is missing"):
                await client.sweep([1.0], [1])

    asyncio.run(main())
