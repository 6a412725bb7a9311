"""Every client that is given no URL calls the same service."""

import pytest

from focal_loss_client import AsyncFocalLossClient, FocalLossClient
from focal_loss_client.default_client import client_for


@pytest.mark.parametrize("create", [FocalLossClient, AsyncFocalLossClient, client_for])
@pytest.mark.parametrize("value", ["http://127.0.0.1:9", "", None])
def test_the_environment_variable_has_the_default_url(create, value, monkeypatch):
    if value is None:
        monkeypatch.delenv("FOCAL_LOSS_URL", raising=False)
    else:
        monkeypatch.setenv("FOCAL_LOSS_URL", value)
    assert create().url == (value or "http://127.0.0.1:8080")


@pytest.mark.parametrize("create", [FocalLossClient, AsyncFocalLossClient, client_for])
def test_a_url_that_is_given_counts(create, monkeypatch):
    monkeypatch.setenv("FOCAL_LOSS_URL", "http://127.0.0.1:9")
    assert create("http://127.0.0.1:10").url == "http://127.0.0.1:10"
