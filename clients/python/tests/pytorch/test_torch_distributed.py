"""Two processes, each with a part of a batch, against one that has all of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
from distributed_process import cases, evaluate

SCRIPT = Path(__file__).parent / "distributed_process.py"

pytestmark = pytest.mark.skipif(
    not (torch.distributed.is_available() and torch.distributed.is_gloo_available()), reason="this PyTorch has no gloo"
)


@pytest.fixture(scope="module")
def outcomes(service_url, tmp_path_factory):
    """What each process has written."""
    folder = tmp_path_factory.mktemp("distributed")
    environment = {**os.environ, "GLOO_SOCKET_IFNAME": "lo"} if sys.platform.startswith("linux") else None
    arguments = ["2", str(folder / "rendezvous"), service_url]
    processes = [
        subprocess.Popen([sys.executable, SCRIPT, str(rank), *arguments, folder / str(rank)], env=environment)
        for rank in range(2)
    ]
    try:
        for process in processes:
            assert process.wait(timeout=300) == 0
    finally:
        for process in processes:
            process.kill()
    return [torch.load(folder / str(rank)) for rank in range(2)]


@pytest.fixture(scope="module")
def whole(service_url):
    return evaluate(0, 1, service_url)


@pytest.mark.parametrize("name", cases())
def test_means_over_processes_are_those_of_the_whole_batch(outcomes, whole, name):
    loss, gradient = whole[name]
    for results, *_ in outcomes:
        torch.testing.assert_close(results[name][1], gradient, rtol=1e-5, atol=1e-7)
    mean = sum(results[name][0] for results, *_ in outcomes) / 2
    assert mean == pytest.approx(loss, rel=1e-6)


def test_processes_differ_in_what_they_divide_by(outcomes):
    losses = [results["positives"][0] for results, *_ in outcomes]
    assert losses[0] != pytest.approx(losses[1], rel=0.1)


def test_if_one_process_fails_all_of_them_do_and_none_waits(outcomes):
    errors = [errors for _, errors, _ in outcomes]
    assert all(error.startswith("RuntimeError: denominator: another process") for error in errors[0])
    assert [error.partition(":")[0] for error in errors[1]] == ["InvalidRequestError", "TypeError"]
    for before, _, after in outcomes:
        assert {name: loss for name, (loss, _) in before.items()} == {name: loss for name, (loss, _) in after.items()}
