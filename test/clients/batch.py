"""The batch that every client sends, and what must come back."""

import json
from pathlib import Path

import numpy as np

from service import focal_loss

FIXTURE = Path(__file__).parents[1] / "fixtures" / "clients" / "batch.json"

# As JSON fields; the replay of recorded requests reads the same file. Nothing has class 3: its mean p_t is null.
FIELDS = json.loads(FIXTURE.read_text())
ARRAYS = {
    "logits": np.array(FIELDS["logits"], np.float32),
    "labels": np.array(FIELDS["labels"], np.int64),
    "sample_weights": np.array(FIELDS["sample_weights"], np.float32),
    "class_weights": np.array(FIELDS["class_weights"], np.float64),
    "gamma": np.array(FIELDS["gamma"], np.float64),
}
OPTIONS = {name: value for name, value in FIELDS.items() if name not in ARRAYS}
# Each kind of output: a number, an array, and of the breakdown counts, numbers and some that are NaN.
OUTPUTS = ["loss", "gradients", "per_class.positives", "per_class.loss.share", "per_class.mean_pt.positive"]
DTYPES = {"gradients": np.float32, "per_class.positives": np.int64}


class Reference:
    """The JSON answer to a batch, by the names of tensors."""

    def __init__(self, address: str, **options):
        self._answer = json.loads(focal_loss(address, FIELDS | options))

    def check(self, name: str, array: np.ndarray, dtype=None) -> None:
        """Bit for bit: JSON has the shortest decimals that read back to the same number."""
        expected = self._tensor(name).astype(dtype or DTYPES.get(name, np.float64))
        assert array.dtype == expected.dtype, f"{name}: expected {expected.dtype}, got {array.dtype}"
        assert array.shape == expected.shape, f"{name}: expected {expected.shape}, got {array.shape}"
        assert np.array_equal(array, expected, equal_nan=expected.dtype.kind == "f"), f"{name}: {array} != {expected}"

    def _tensor(self, name: str) -> np.ndarray:
        head, *path = name.split(".")
        if head != "per_class":
            return np.atleast_1d(np.array(self._answer[head], np.float64))
        values = self._answer[head]
        for step in path:
            values = [value[step] for value in values]
        return np.array(values, np.float64)
