import os

import numpy as np
import pytest
from fake_service import FakeService

from focal_loss_client import FocalLossClient

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")


def test_a_forked_process_has_connections_of_its_own():
    with FakeService() as service, FocalLossClient(service.url, shared_memory="off") as client:
        batch = np.zeros(2), np.zeros(2, np.int64)
        client.focal_loss(*batch)
        child = os.fork()
        if child == 0:
            try:
                client.focal_loss(*batch)
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        client.focal_loss(*batch)
        ports = [port for port, *_ in service.requests]
        assert ports[0] == ports[2]
        assert ports[1] != ports[0]
