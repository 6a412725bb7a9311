"""The programs that the explorer and its page show write files that have a whole batch."""

import json
import re
import subprocess
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from focal_loss_client import FocalLossClient

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


OPTIONS = {"gamma": 1.5, "alpha": {"balanced": True}, "activation": "softmax", "ignore_index": -1}
SCRIPT = """
import { TRAINING_PROGRAMS } from './src/explorer/exports/training-programs.ts';
const [service, options] = process.argv.slice(1);
const request = { service, needsKey: false, predictions: 'logits', options: JSON.parse(options), weights: [] };
const programs = Object.entries(TRAINING_PROGRAMS).map(([name, write]) => [name, write(request)]);
console.log(JSON.stringify(Object.fromEntries(programs)));
"""


@pytest.fixture(scope="module")
def training_programs(service_url):
    repository = PAGE.parents[2]
    if not (repository / "node_modules").exists():
        pytest.skip("the packages of the service are not installed (npm ci)")
    command = ["node", "--import", "./scripts/typescript.mjs", "--input-type=module", "--eval", SCRIPT]
    written = subprocess.run(
        [*command, service_url, json.dumps(OPTIONS)], cwd=repository, capture_output=True, check=True
    )
    return json.loads(written.stdout)


def test_each_framework_has_a_program(training_programs):
    assert list(training_programs) == ["PyTorch", "Keras", "JAX", "TensorFlow", "LightGBM", "XGBoost", "scikit-learn"]


@pytest.mark.parametrize(("framework", "module"), [("PyTorch", "torch"), ("JAX", "jax"), ("TensorFlow", "tensorflow")])
def test_program_computes_the_loss_of_the_request(framework, module, training_programs, service_url):
    pytest.importorskip(module)
    logits, labels = LOGITS, LABELS
    if framework == "PyTorch":
        import torch

        logits, labels = torch.tensor(LOGITS, requires_grad=True), torch.tensor(LABELS)
    names = {"logits": logits, "labels": labels}
    exec(training_programs[framework], names)
    expected = FocalLossClient(service_url).focal_loss(LOGITS, LABELS, **OPTIONS).loss
    assert float(names["loss"].detach() if framework == "PyTorch" else names["loss"]) == pytest.approx(
        expected, rel=1e-6
    )


def test_program_of_keras_compiles_a_model(training_programs, service_url):
    pytest.importorskip("focal_loss_client.keras", exc_type=ImportError)
    losses = []
    model = SimpleNamespace(compile=lambda optimizer, loss: losses.append(loss(LABELS, LOGITS)))
    exec(training_programs["Keras"], {"model": model})
    expected = FocalLossClient(service_url).focal_loss(LOGITS, LABELS, **OPTIONS).loss
    assert float(losses[0]) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("framework", "module"), [("LightGBM", "lightgbm"), ("XGBoost", "xgboost")])
def test_program_of_trees_trains_a_classifier(framework, module, training_programs):
    pytest.importorskip(module)
    names = {"features": np.arange(60.0).reshape(60, 1), "labels": np.arange(60) // 20}
    exec(training_programs[framework], names)
    assert names["loss"].options == {**OPTIONS, "hessian_form": "detached"}
    assert names["model"].predict(names["features"]).shape == (60,)


def test_program_of_scikit_learn_scores_a_model(training_programs):
    pytest.importorskip("sklearn")
    from sklearn.naive_bayes import GaussianNB

    names = {"model": GaussianNB(), "features": np.arange(60.0).reshape(60, 1), "labels": np.arange(60) // 20}
    exec(training_programs["scikit-learn"], names)
    assert np.isfinite(names["scores"]).all()
