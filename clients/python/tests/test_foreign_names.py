import numpy as np
import pytest

from focal_loss_client import FocalLossClient
from focal_loss_client.foreign_names import FOREIGN_NAME_HINTS

LOGITS = np.zeros((2, 3), np.float32)
LABELS = np.zeros(2, np.int64)


@pytest.mark.parametrize("name", ["targets", "weight", "num_boxes", "dim", "timeout"])
def test_a_foreign_name_is_an_error_that_says_what_it_is_here(name):
    with FocalLossClient("http://127.0.0.1:1") as client:
        for call in (client.focal_loss, client.sweep):
            with pytest.raises(TypeError) as error:
                call(**{name: 1})
            assert str(error.value) == f"unknown argument {name!r}; {FOREIGN_NAME_HINTS[name]}"


def test_foreign_names_come_before_missing_arguments():
    with FocalLossClient("http://127.0.0.1:1") as client, pytest.raises(TypeError, match='here it is "logits"'):
        client.focal_loss(inputs=LOGITS, targets=LABELS)


def test_no_argument_is_a_foreign_name():
    for method in (FocalLossClient.focal_loss, FocalLossClient.sweep):
        assert "labels" in method.__annotations__
        assert not set(method.__annotations__) & set(FOREIGN_NAME_HINTS)
