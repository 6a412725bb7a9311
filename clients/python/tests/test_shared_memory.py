import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from fake_region_service import FakeRegionService, invalid
from fake_service import problem

from focal_loss_client import (
    FocalLossClient,
    ServiceConnectionError,
    ServiceError,
    ServiceUnavailableError,
    SharedMemoryError,
)
from focal_loss_client.local_address import is_local

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="shared memory is supported on Linux")

INFER = "/v2/models/focal-loss/infer"
WIRE = "/v1/focal-loss"
LOGITS = np.arange(200_000, dtype=np.float32).reshape(2_000, 100)
LABELS = np.zeros(2_000, np.int64)


def files():
    return {path.name for path in Path("/dev/shm").glob(f"focal-loss-{os.getpid()}-*")}


@pytest.fixture
def service():
    with FakeRegionService() as service:
        yield service


@pytest.fixture
def client(service):
    with FocalLossClient(service.url, max_retry_seconds=0) as client:
        yield client
    assert not files()
    assert not service.keys


def evaluate(client, logits=LOGITS, **options):
    return client.focal_loss(logits=logits, labels=LABELS[: len(logits)], **options)


def count(service, path):
    return sum(one.endswith(path) for one in service.paths())


def test_a_large_batch_sends_json_alone(service, client):
    result = evaluate(client, gamma=np.float32(1), outputs=["loss", "gradients", "per_class", "difficulty"])
    np.testing.assert_array_equal(result.gradients, 2 * LOGITS)
    assert (result.loss, result.sum, result.denominator) == (0.5, 1.0, 2)
    assert (result.counts.positives, result.engine.name, result.duration_ms.compute) == (1, "fake", 0)
    assert result.per_class["positives"].dtype == np.int64
    np.testing.assert_array_equal(result.per_class["loss.share"], np.arange(100))
    assert list(result.difficulty) == ["positives.counts"]
    assert result.alpha is None
    assert WIRE not in service.paths()
    request = json.loads(service.requests[-1][2])
    assert request["parameters"] == {"binary_data_output": True, "gamma": "1.0"}
    assert [entry["shape"] for entry in request["inputs"]] == [[2_000, 100], [2_000]]


def test_a_small_batch_travels_and_asks_nothing(service, client):
    evaluate(client, LOGITS[:3])
    assert service.paths() == [WIRE]


def test_off_is_off(service):
    with FocalLossClient(service.url, shared_memory="off") as client:
        evaluate(client)
        client.empty((100, 100))
        assert service.paths() == [WIRE]
        assert not files()


def test_a_service_without_shared_memory_is_asked_once(service, client):
    service.extensions = []
    for _ in range(3):
        assert evaluate(client).loss == 0.5
    assert service.paths() == ["/v2", WIRE, WIRE, WIRE]


def test_a_service_that_is_not_ready_is_asked_again(service, client):
    service.metadata = problem(503, "not_ready")
    assert evaluate(client).loss == 0.5
    service.metadata = None
    np.testing.assert_array_equal(evaluate(client).gradients, 2 * LOGITS)
    assert service.paths().count(WIRE) == 1


def test_a_service_that_does_not_see_the_memory_is_asked_once(service, client, monkeypatch):
    monkeypatch.setattr("fake_region_service.SHARED_MEMORY", Path("/nonexistent"))
    for _ in range(3):
        assert evaluate(client).loss == 0.5
    assert count(service, "/register") == 1
    assert service.paths()[-3:] == [WIRE] * 3


def test_require_says_why_there_is_none(service, monkeypatch):
    with FocalLossClient(service.url, shared_memory="require") as client:
        service.extensions = []
        for _ in range(2):
            with pytest.raises(SharedMemoryError, match="SHARED_MEMORY"):
                client.focal_loss(logits=[1.0], labels=[1])
    service.extensions = ["system_shared_memory"]
    with FocalLossClient(service.url, shared_memory="require") as client:
        monkeypatch.setattr("fake_region_service.SHARED_MEMORY", Path("/nonexistent"))
        with pytest.raises(SharedMemoryError, match="cannot use shared memory: cannot register focal-loss-"):
            evaluate(client)
    monkeypatch.setattr("sys.platform", "darwin")
    with FocalLossClient(service.url, shared_memory="require") as client:
        with pytest.raises(SharedMemoryError, match="not on darwin"):
            evaluate(client)


def test_another_address_is_tried_only_if_shared_memory_is_required(service, monkeypatch):
    monkeypatch.setattr("focal_loss_client.shared_memory.is_local", lambda url: False)
    with FocalLossClient(service.url) as client:
        evaluate(client)
        assert not files()
    assert service.paths() == [WIRE]
    with FocalLossClient(service.url, shared_memory="require") as client:
        np.testing.assert_array_equal(evaluate(client).gradients, 2 * LOGITS)
    assert WIRE not in service.paths()[1:]


def test_another_mode_is_rejected():
    with pytest.raises(ValueError, match="shared_memory: expected 'auto', 'off' or 'require', got 'on'"):
        FocalLossClient(shared_memory="on")


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://127.3.2.1", True),
        ("http://[::1]:8080/prefix", True),
        ("http://localhost:8080", True),
        ("unix:///run/focal-loss.sock", True),
        ("http://192.0.2.1", False),
        ("http://[2001:db8::1]", False),
        ("http://a..b", False),
    ],
)
def test_which_services_are_on_this_machine(url, local):
    assert is_local(url) == local


def test_arrays_of_results_are_never_overwritten(service, client):
    results = [evaluate(client, LOGITS + i) for i in range(5)]
    kept = [result.gradients[::7].T for result in results]
    del results
    evaluate(client, LOGITS + 5)
    for i, gradients in enumerate(kept):
        np.testing.assert_array_equal(gradients, 2 * (LOGITS + i)[::7].T)


def test_calls_one_after_another_reuse_their_regions(service, client):
    for i in range(5):
        np.testing.assert_array_equal(evaluate(client, LOGITS + i).gradients, 2 * (LOGITS + i))
    registered = count(service, "/register")
    evaluate(client)
    assert count(service, "/register") == registered


def test_larger_regions_take_the_place_of_smaller_ones(service, client):
    evaluate(client, LOGITS[:1_500])
    evaluate(client)
    assert len(service.keys) == len(files())
    assert files() == set(service.keys.values())


def test_an_array_from_empty_is_not_copied(service, client):
    logits = client.empty((3_000, 100))
    assert (logits.dtype, logits.shape, logits.flags.c_contiguous) == (np.float32, (3_000, 100), True)
    logits[:] = 1.5
    logits[1_000:] = LOGITS
    result = evaluate(client, logits[1_000:])
    np.testing.assert_array_equal(result.gradients, 2 * LOGITS)
    place = json.loads(service.requests[-1][2])["inputs"][0]["parameters"]
    assert place["shared_memory_offset"] == 400_000
    memory = np.memmap(Path("/dev/shm", place["shared_memory_region"]), np.float32, "r")
    memory_of_logits = memory[: logits.size].reshape(logits.shape)
    logits[2, 3] = 42
    assert memory_of_logits[2, 3] == 42


def test_what_the_service_cannot_read_in_place_is_copied(service, client):
    logits = client.empty((200, 2_000), np.float32)
    logits[:] = 3
    logits.T[:2_000, :100] = LOGITS
    np.testing.assert_array_equal(evaluate(client, logits.T[:, :100]).gradients, 2 * LOGITS)
    swapped = client.empty((2_000, 100), ">f4")
    swapped[:] = LOGITS
    np.testing.assert_array_equal(evaluate(client, swapped).gradients, 2 * LOGITS)


def test_empty_without_shared_memory_is_an_ordinary_array(service, client):
    service.extensions = []
    evaluate(client)
    assert client.empty(3, np.int64).shape == (3,)
    assert client.empty((0, 4)).shape == (0, 4)
    assert not files()


def test_a_service_that_restarted_gets_the_regions_again(service, client):
    logits = client.empty(LOGITS.shape)
    logits[:] = LOGITS
    evaluate(client, logits)
    service.keys.clear()
    np.testing.assert_array_equal(evaluate(client, logits).gradients, 2 * LOGITS)
    assert WIRE not in service.paths()


def test_regions_whose_files_are_gone_are_replaced(service, client):
    logits = client.empty(LOGITS.shape)
    logits[:] = LOGITS
    evaluate(client, logits)
    service.keys.clear()
    for name in files():
        Path("/dev/shm", name).unlink()
    np.testing.assert_array_equal(evaluate(client, logits).gradients, 2 * LOGITS)
    assert WIRE not in service.paths()
    assert files() == set(service.keys.values())


def test_what_shared_memory_rejects_the_wire_decides(service, client):
    service.rejection = invalid()
    assert evaluate(client).loss == 0.5
    assert service.paths().count(INFER) == 1
    # The wire accepted it, so that is what the next calls use.
    evaluate(client)
    assert service.paths().count(INFER) == 1


def test_require_does_not_hide_that_shared_memory_was_rejected(service):
    with FocalLossClient(service.url, shared_memory="require") as client:
        service.rejection = invalid()
        with pytest.raises(SharedMemoryError, match="A detail"):
            evaluate(client)


@pytest.mark.parametrize(("status", "error"), [(503, ServiceUnavailableError), (504, ServiceError)])
def test_failures_of_the_service_are_raised_as_over_the_wire(service, client, status, error):
    code = "not_ready" if status == 503 else "deadline_exceeded"
    _, headers, body = problem(status, code)
    service.rejection = status, {**headers, "Content-Type": "application/json"}, body
    with pytest.raises(error) as caught:
        evaluate(client)
    assert (caught.value.problem.status, caught.value.problem.code) == (status, code)
    assert WIRE not in service.paths()


def test_temporary_failures_are_retried(service):
    failures = [problem(503, "not_ready", "0")] * 2

    def fail():
        service.rejection = failures.pop() if failures else None

    service.before_inference = fail
    with FocalLossClient(service.url) as client:
        np.testing.assert_array_equal(evaluate(client).gradients, 2 * LOGITS)


def test_what_a_lost_call_may_still_write_is_not_reused(service, client):
    evaluate(client)
    outputs = json.loads(service.requests[-1][2])["outputs"]
    (gradients,) = (output for output in outputs if output["name"] == "gradients")
    written = gradients["parameters"]["shared_memory_region"]
    assert written in files()

    def disconnect():
        raise ConnectionError

    service.before_inference = disconnect
    with pytest.raises(ServiceConnectionError):
        evaluate(client)
    assert written not in files()
    service.before_inference = lambda: None
    np.testing.assert_array_equal(evaluate(client).gradients, 2 * LOGITS)


def test_without_enough_memory_the_batch_travels(service, client, monkeypatch):
    evaluate(client, LOGITS[:1_500])

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", fail)
    assert evaluate(client).loss == 0.5
    assert service.paths()[-1] == WIRE
    with FocalLossClient(service.url, shared_memory="require") as other:
        with pytest.raises(SharedMemoryError, match="No space left on device"):
            evaluate(other)


def test_options_that_the_wire_alone_can_judge_travel(service, client):
    axis = {"class_axis": "x", "outputs": ["elementwise"], "activation": "softmax"}
    for options in ({"outputs": "loss"}, {"outputs": ["lost"]}, axis, {"unheard_of": 1}):
        evaluate(client, **options)
    assert service.paths()[-4:] == [WIRE] * 4
    assert INFER not in service.paths()


def test_an_unsupported_dtype_is_rejected(service, client):
    with pytest.raises(TypeError, match=r"logits: expected an array of dtype .*, got complex128"):
        evaluate(client, LOGITS.astype(complex))
    assert INFER not in service.paths()


def test_threads_have_regions_of_their_own(service, client):
    barrier = threading.Barrier(6, timeout=10)

    def call(i):
        barrier.wait()
        return all((evaluate(client, LOGITS + i + j).gradients == 2 * (LOGITS + i + j)).all() for j in range(5))

    with ThreadPoolExecutor(6) as executor:
        assert all(executor.map(call, range(6)))
    assert WIRE not in service.paths()


@pytest.mark.parametrize("end", ["", "raise RuntimeError", "del client", "import gc; client = None; gc.collect()"])
def test_a_process_that_ends_leaves_nothing_behind(service, end):
    code = f"""
import numpy as np
from focal_loss_client import FocalLossClient
client = FocalLossClient({service.url!r}, shared_memory="require")
result = client.focal_loss(logits=np.ones((2000, 100), np.float32), labels=np.zeros(2000, np.int64))
{end}
"""
    process = subprocess.Popen([sys.executable, "-W", "error", "-c", code], stderr=subprocess.PIPE, text=True)
    errors = process.communicate()[1]
    assert ("RuntimeError" in errors) == ("raise" in end)
    assert "Warning" not in errors
    assert not list(Path("/dev/shm").glob(f"focal-loss-{process.pid}-*"))
    assert not service.keys


def test_a_forked_process_neither_uses_nor_removes_the_regions(service, client):
    result = evaluate(client)
    before = files()
    child = os.fork()
    if child == 0:
        client.close()
        os._exit(0)
    os.waitpid(child, 0)
    assert files() == before == set(service.keys.values())
    np.testing.assert_array_equal(result.gradients, 2 * LOGITS)
