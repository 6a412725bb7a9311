"""The programs that the explorer and its page show write files that have a whole batch."""

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

PAGE = Path(__file__).parents[3] / "docs" / "tutorials" / "explorer.md"
if not PAGE.exists():
    pytest.skip("the page is in the repository of the service only", allow_module_level=True)
PROGRAMS = dict(re.findall(r"^From (\w+):\n\n```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL))

LOGITS = np.array([[1.5, -2.0], [0.25, 3.0]], np.float32)
PROBABILITIES = np.exp(LOGITS) / np.exp(LOGITS).sum(1, keepdims=True)
LABELS = np.array([0, 1])


def test_all_programs_are_found():
    assert list(PROGRAMS) == ["PyTorch", "Keras", "JAX", "NumPy"]


def test_pytorch(tmp_path, monkeypatch):
    torch = pytest.importorskip("torch")
    safetensors = pytest.importorskip("safetensors")
    monkeypatch.chdir(tmp_path)
    logits = torch.tensor(LOGITS, requires_grad=True)
    exec(PROGRAMS["PyTorch"], {"logits": logits * 1, "labels": torch.tensor(LABELS)})
    with safetensors.safe_open("batch.safetensors", "np") as batch:
        assert batch.metadata() == {"activation": "softmax"}
        assert np.array_equal(batch.get_tensor("logits"), LOGITS)
        assert np.array_equal(batch.get_tensor("labels"), LABELS)


@pytest.mark.parametrize("program", ["Keras", "JAX", "NumPy"])
def test_numpy(program, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    logits, labels = LOGITS, LABELS
    if program == "JAX":
        jnp = pytest.importorskip("jax.numpy")
        logits, labels = jnp.asarray(LOGITS, jnp.bfloat16), jnp.asarray(LABELS)
    # What Keras' predict returns is an array of NumPy.
    model = SimpleNamespace(predict=lambda _: PROBABILITIES)
    exec(PROGRAMS[program], {"logits": logits, "labels": labels, "model": model, "x": None, "y": LABELS})
    with np.load("batch.npz") as batch:
        assert str(batch["activation"]) == "softmax"
        assert np.array_equal(batch["labels"], LABELS)
        if program == "Keras":
            assert np.array_equal(batch["probabilities"], PROBABILITIES)
        else:
            assert batch["logits"].dtype == np.float32
            assert np.array_equal(batch["logits"], LOGITS)
