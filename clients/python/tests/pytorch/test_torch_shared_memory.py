"""Batches that are large enough for shared memory."""

import sys

import pytest

torch = pytest.importorskip("torch")

from focal_loss_client import FocalLossClient
from focal_loss_client.region_pool import _POOLS
from focal_loss_client.torch import FocalLoss

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="shared memory is supported on Linux")

SHAPE = (40_000, 8)
LABELS = torch.arange(SHAPE[0]) % SHAPE[1]


@pytest.fixture(scope="module")
def url(start_services):
    return start_services("--port", "0", "--shared-memory", "on")[1]


@pytest.fixture
def client(url):
    with FocalLossClient(url, shared_memory="require") as client:
        yield client


def logits(seed=0):
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(seed)).requires_grad_()


def regions():
    """The regions of shared memory that are in use."""
    return [region for pool in list(_POOLS) for region in list(pool._regions) if region.in_use]


def test_results_equal_those_over_http(client, url):
    outcomes = []
    with FocalLossClient(url, shared_memory="off") as sender:
        for each in (client, sender):
            for reduction in ("mean", "none"):
                x = logits()
                loss = FocalLoss(activation="softmax", reduction=reduction, client=each)(x, LABELS)
                loss.sum().backward()
                outcomes.append((loss.detach(), x.grad))
    torch.testing.assert_close(outcomes[:2], outcomes[2:], rtol=0, atol=0)


def test_what_a_caller_keeps_lies_in_no_shared_memory(client):
    kept = []
    for reduction in ("mean", "none"):
        x = logits()
        loss = FocalLoss(reduction=reduction, client=client)(x, LABELS)
        assert regions()
        loss.sum().backward()
        kept.append((loss, x.grad))
        assert not regions()


def test_losses_without_a_backward_pass_take_little_of_it(client):
    loss = FocalLoss(client=client)
    inputs = [logits(seed) for seed in range(8)]
    losses = [loss(x, LABELS) for x in inputs]
    assert len(regions()) <= 4
    for x, value in zip(inputs, losses, strict=True):
        value.backward()
        (expected,) = torch.autograd.grad(loss(x, LABELS), x)
        assert torch.equal(x.grad, expected)
    assert not regions()


def test_logits_that_lie_in_it_are_not_copied(client):
    buffer = torch.from_numpy(client.empty(SHAPE)).copy_(logits().detach()).requires_grad_()
    FocalLoss(client=client)(buffer, LABELS).backward()
    expected = logits()
    FocalLoss(client=client)(expected, LABELS).backward()
    assert torch.equal(buffer.grad, expected.grad)
    assert len(regions()) == 1
