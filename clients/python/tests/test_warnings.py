"""Warnings of the service become warnings of Python, once for each code."""

import sys
import warnings

import numpy as np
import pytest
from fake_service import RESPONSE, FakeService, success

from focal_loss_client import FocalLossClient, FocalLossWarning, RequestWarning

PROBABILITIES = np.tile(np.array([[0.02, 0.97, 0.5], [0.9, 0.01, 0.6]], np.float32), (2_000, 1))
LABELS = np.zeros(4_000, np.int64)
CODE = "probabilities_as_logits"


def codes(result):
    return [warning.code for warning in result.warnings]


def test_a_code_is_warned_of_once_at_the_line_of_the_call(service_url):
    with FocalLossClient(service_url) as client:
        with pytest.warns(FocalLossWarning, match=f"^{CODE}: ") as caught:
            first = client.focal_loss(logits=PROBABILITIES, labels=LABELS)
        assert [warning.filename for warning in caught] == [__file__]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            second = client.focal_loss(logits=PROBABILITIES, labels=LABELS)
    assert codes(first) == codes(second) == [CODE]
    assert first.warnings[0].pointer == "/logits"


def test_a_sweep_warns(service_url):
    with FocalLossClient(service_url) as client:
        with pytest.warns(FocalLossWarning, match=CODE) as caught:
            result = client.sweep(logits=PROBABILITIES, labels=LABELS, gammas=[0, 2])
    assert [warning.filename for warning in caught] == [__file__]
    assert codes(result) == [CODE]


def test_warnings_can_be_turned_off(service_url):
    with FocalLossClient(service_url) as client, warnings.catch_warnings():
        warnings.simplefilter("error")
        assert client.focal_loss(logits=PROBABILITIES, labels=LABELS, warnings=False).warnings == ()
        assert client.sweep(logits=PROBABILITIES, labels=LABELS, gammas=[2], warnings=False).warnings == ()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="shared memory is supported on Linux")
def test_a_batch_in_shared_memory_has_warnings(start_services, monkeypatch):
    monkeypatch.setattr("focal_loss_client.shared_memory._MIN_BYTES", 0)
    _, url = start_services("--port", "0", "--shared-memory", "on")
    with FocalLossClient(url, shared_memory="require") as client:
        with pytest.warns(FocalLossWarning, match=CODE) as caught:
            result = client.focal_loss(logits=PROBABILITIES, labels=LABELS)
        assert [warning.filename for warning in caught] == [__file__]
        assert codes(result) == [CODE]
        assert client.focal_loss(logits=PROBABILITIES, labels=LABELS, warnings=False).warnings == ()


def test_a_code_of_a_later_service_is_warned_of():
    with FakeService() as service, FocalLossClient(service.url) as client:
        service.responses = [success({**RESPONSE, "warnings": [{"code": "new", "message": "a message"}]})]
        with pytest.warns(FocalLossWarning, match="^new: a message$"):
            result = client.focal_loss(logits=[1.0], labels=[1])
    assert result.warnings == (RequestWarning("new", "a message", None),)
