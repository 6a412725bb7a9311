"""Shared memory with the service built in this repository: all results are as over the wire."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from focal_loss_client import FocalLossClient, InvalidRequestError

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="shared memory is supported on Linux")

RNG = np.random.default_rng(3)
LOGITS = RNG.normal(scale=3, size=(6_000, 20)).astype(np.float32)
CLASSES = RNG.integers(0, 20, 6_000)
ALL_OUTPUTS = ("loss", "gradients", "per_class", "elementwise", "hessian", "difficulty", "posterior", "calibration")


@pytest.fixture(autouse=True)
def small_batches_lie_in_shared_memory(monkeypatch):
    monkeypatch.setattr("focal_loss_client.shared_memory._MIN_BYTES", 0)


@pytest.fixture(scope="module")
def clients(start_services):
    """A client that shares memory with the service, and one that does not."""
    _, url = start_services("--port", "0", "--shared-memory", "on")
    with FocalLossClient(url, shared_memory="require") as near, FocalLossClient(url, shared_memory="off") as far:
        yield near, far


def assert_same(near, far):
    for field in fields(near):
        if field.name != "duration_ms":
            np.testing.assert_equal(getattr(near, field.name), getattr(far, field.name), err_msg=field.name)
    for name in ("per_class", "difficulty", "calibration"):
        assert list(getattr(near, name) or ()) == list(getattr(far, name) or ())


def lies_in_shared_memory(array):
    address = array.__array_interface__["data"][0]
    for line in Path("/proc/self/maps").read_text().splitlines():
        begin, end = (int(number, 16) for number in line.split()[0].split("-"))
        if begin <= address < end:
            return "/dev/shm/focal-loss-" in line
    return False


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"activation": "softmax"},
        {"outputs": ALL_OUTPUTS},
        {"outputs": ALL_OUTPUTS, "activation": "softmax"},
        {"outputs": ["elementwise"], "activation": "softmax"},
        {"outputs": ["gradients"]},
        {"outputs": ["per_class"]},
        {"reduction": "none"},
        {"reduction": "sum", "gradients_dtype": "F16"},
        {"gradients_dtype": "BF16"},
        {"alpha": {"balanced": True}, "activation": "softmax"},
        {"alpha": None, "gamma": np.linspace(0, 3, 20), "class_weights": np.arange(20)},
        {"class_names": [f'"ü" {i}' for i in range(20)], "normalizer": "positives", "label_smoothing": 0.1},
        {"ignore_index": 3},
        {"sample_weights": RNG.uniform(size=6_000), "normalizer": "weights"},
        {"element_weights": RNG.uniform(size=(6_000, 20)), "normalizer": "weights"},
    ],
)
def test_every_field_is_as_over_the_wire(clients, options):
    if options.get("gradients_dtype") == "BF16":
        pytest.importorskip("ml_dtypes")
    near, far = (client.focal_loss(logits=LOGITS, labels=CLASSES, **options) for client in clients)
    assert_same(near, far)
    arrays = [array for array in (near.gradients, near.elementwise, near.hessian_diagonal) if array is not None]
    assert all(lies_in_shared_memory(array) and array.flags.writeable for array in arrays)
    assert not any(lies_in_shared_memory(array) for array in (near.per_class or {}).values())


@pytest.mark.parametrize("labels_dtype", ["i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "f8", "f4", "f2", ">i4"])
@pytest.mark.parametrize("logits_dtype", ["f8", "f4", "f2", ">f4", "bfloat16"])
def test_every_dtype(clients, logits_dtype, labels_dtype):
    if logits_dtype == "bfloat16":
        pytest.importorskip("ml_dtypes")
    logits, labels = LOGITS.astype(logits_dtype), CLASSES.astype(labels_dtype)
    assert_same(*(client.focal_loss(logits=logits, labels=labels) for client in clients))


@pytest.mark.parametrize(
    ("shape", "labels_shape", "class_axis"),
    [
        ((120_000,), (120_000,), -1),
        ((120_000, 1), (120_000, 1), -1),
        ((6_000, 20), (6_000, 20), -1),
        ((2, 20, 50, 60), (2, 50, 60), 1),
        ((2, 20, 50, 60), (2, 20, 50, 60), -3),
        ((20, 6_000), (6_000,), np.int64(0)),
    ],
)
def test_every_shape(clients, shape, labels_shape, class_axis):
    logits, labels = LOGITS.reshape(shape), RNG.integers(0, 2, labels_shape)
    options = {"class_axis": class_axis, "outputs": ALL_OUTPUTS}
    near, far = (client.focal_loss(logits=logits, labels=labels, **options) for client in clients)
    assert_same(near, far)
    assert near.gradients.shape == shape


def test_probabilities_and_strides(clients):
    p = RNG.uniform(size=(20, 12_000))
    assert_same(*(client.focal_loss(probabilities=p.T[::2], labels=CLASSES) for client in clients))


def test_an_array_from_empty(clients):
    near, far = clients
    logits = near.empty((7_000, 20))
    logits[500:6_500] = LOGITS
    assert lies_in_shared_memory(logits)
    assert_same(*(client.focal_loss(logits=logits[500:6_500], labels=CLASSES) for client in (near, far)))


def test_mistakes_are_described_as_over_the_wire(clients):
    labels = CLASSES.copy()
    labels[[3, 7]] = 99
    problems = []
    for client in clients:
        with pytest.raises(InvalidRequestError) as caught:
            client.focal_loss(logits=LOGITS, labels=labels)
        problems.append(caught.value.problem)
    assert problems[0].status == 422
    assert problems[0].errors == problems[1].errors
    # That was the batch, and not the memory.
    assert lies_in_shared_memory(clients[0].focal_loss(logits=LOGITS, labels=CLASSES).gradients)


def test_threads(clients):
    near, far = clients
    expected = far.focal_loss(logits=LOGITS, labels=CLASSES).gradients

    def call(_):
        return np.array_equal(near.focal_loss(logits=LOGITS, labels=CLASSES).gradients, expected)

    with ThreadPoolExecutor(6) as executor:
        assert all(executor.map(call, range(30)))


def test_unix_socket(start_service, tmp_path):
    start_service("--socket", str(tmp_path / "socket"), "--shared-memory", "on")
    with FocalLossClient(f"unix://{tmp_path}/socket", shared_memory="require") as client:
        assert lies_in_shared_memory(client.focal_loss(logits=LOGITS, labels=CLASSES).gradients)


def test_a_service_without_shared_memory(start_service):
    _, url = start_service("--port", "0")
    with FocalLossClient(url) as client:
        assert not lies_in_shared_memory(client.focal_loss(logits=LOGITS, labels=CLASSES).gradients)


@pytest.mark.parametrize("mode", ["on", "off"])
def test_a_call_survives_a_restart_of_the_service(start_service, mode):
    process, url = start_service("--port", "0", "--shared-memory", "on")
    with FocalLossClient(url) as client, ThreadPoolExecutor(1) as executor:
        before = client.focal_loss(logits=LOGITS, labels=CLASSES)
        kept = before.gradients.copy()
        process.kill()
        process.wait()
        after = executor.submit(client.focal_loss, logits=LOGITS, labels=CLASSES)
        start_service("--port", url.rsplit(":", 1)[1], "--shared-memory", mode)
        assert lies_in_shared_memory(after.result().gradients) == (mode == "on")
        assert after.result().loss == before.loss
        np.testing.assert_array_equal(before.gradients, kept)


def test_a_process_that_is_killed_leaves_files_named_after_it(start_service):
    """The service removes them: test/core/shared-memory/region-janitor.test.ts."""
    _, url = start_service("--port", "0", "--shared-memory", "on")
    code = f"""
import numpy as np, time
from focal_loss_client import FocalLossClient
client = FocalLossClient({url!r}, shared_memory="require")
result = client.focal_loss(logits=np.ones((20_000, 20)), labels=np.zeros(20_000, np.int64))
print("done", flush=True)
time.sleep(60)
"""
    victim = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert victim.stdout.readline() == b"done\n"
    os.kill(victim.pid, signal.SIGKILL)
    victim.wait()
    left = list(Path("/dev/shm").glob(f"focal-loss-{victim.pid}-*"))
    assert left
    for path in left:
        path.unlink()
