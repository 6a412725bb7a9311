import copy
import pickle

import pytest

from focal_loss_client import AsyncFocalLossClient, FocalLossClient
from focal_loss_client.default_client import client_for


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_an_open_client_is_neither_copied_nor_pickled_and_says_what_can_be(duplicate):
    with FocalLossClient() as client, pytest.raises(TypeError, match="give a loss the URL"):
        duplicate(client)


@pytest.mark.parametrize("client", [42, AsyncFocalLossClient()], ids=["number", "asynchronous"])
def test_a_client_of_another_type_is_told(client):
    with pytest.raises(TypeError, match="client: expected a FocalLossClient, its URL or None"):
        client_for(client)
