"""The numbers of a result by name, as trackers want them."""

import math
import re

import numpy as np
import pytest

from focal_loss_client import FocalLossClient
from focal_loss_client.focal_loss_result import Counts, Durations, Engine, FocalLossResult

LOGITS = np.array([[2.2, -1.3, -4.0], [-3.1, 0.4, 0.7]], np.float32)
# What MLflow accepts as a name: see mlflow.utils.validation.
MLFLOW_NAME = re.compile(r"[A-Za-z0-9_./ :-]{1,250}")


@pytest.fixture(scope="module")
def client(service_url):
    with FocalLossClient(service_url) as client:
        yield client


def result_of(names, classes):
    per_class = {"loss.share": np.arange(classes) / 10, "mean_pt.positive": np.full(classes, np.nan)}
    arrays = dict.fromkeys(("gradients", "hessian_diagonal", "elementwise", "difficulty", "posterior", "calibration"))
    counts = Counts(samples=2, classes=classes, elements=2 * classes, ignored=0, positives=2)
    alpha = np.ones(classes)
    meta = {"options": {}, "engine": Engine("wasm", "a CPU"), "duration_ms": Durations(0, 0, 0, 0)}
    return FocalLossResult(
        loss=0.5,
        sum=1,
        denominator=2,
        counts=counts,
        alpha=alpha,
        per_class=per_class,
        class_names=names,
        **arrays,
        **meta,
    )


def test_names_and_values(client):
    result = client.focal_loss(LOGITS, [0, 1], activation="softmax", class_names=["cat", "dog", "owl"])
    scalars = result.scalars()
    assert all(type(value) is float and math.isfinite(value) for value in scalars.values())
    assert scalars["loss"] == result.loss
    assert (scalars["sum"], scalars["denominator"]) == (result.sum, 2)
    assert {name: value for name, value in scalars.items() if name.startswith("counts/")} == {
        "counts/samples": 2,
        "counts/classes": 3,
        "counts/elements": 6,
        "counts/ignored": 0,
        "counts/positives": 2,
    }
    for name, array in result.per_class.items():
        for label, value in zip(("cat", "dog", "owl"), array.tolist(), strict=True):
            assert math.isnan(value) or scalars[f"per_class/{name}/{label}"] == value
    assert "per_class/mean_pt.positive/cat" in scalars
    assert "per_class/mean_pt.positive/owl" not in scalars  # There is none in the batch.
    assert list(result.scalars("train/")) == [f"train/{name}" for name in scalars]


def test_outputs_that_were_not_requested_are_left_out(client):
    names = {"sum", "denominator", *(f"counts/{name}" for name in "samples classes elements ignored positives".split())}
    assert set(client.focal_loss(LOGITS, [0, 1], outputs=["loss"]).scalars()) == names | {"loss"}
    assert set(client.focal_loss(LOGITS, [0, 1], outputs=["loss"], reduction="none").scalars()) == names
    assert set(client.focal_loss(LOGITS, [0, 1], outputs=["gradients"]).scalars()) == names - {"sum"}
    more = client.focal_loss(LOGITS, [0, 1], outputs=["calibration"], alpha={"balanced": True}).scalars()
    assert "calibration/predicted.expected_calibration_error" in more
    assert {"alpha/0", "alpha/1"} <= set(more)


def test_some_numbers_of_the_breakdown():
    scalars = result_of(["cat", "dog"], 2).scalars(per_class={"loss.share"})
    assert [name for name in scalars if name.startswith("per_class/")] == [
        "per_class/loss.share/cat",
        "per_class/loss.share/dog",
    ]
    assert not any(name.startswith("per_class/") for name in result_of(["cat"], 1).scalars(per_class=()))


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (None, ["0", "1", "2"]),
        (["cat/dog", "größe", 'a "b"'], ["cat_dog", "gr__e", "a _b_"]),
        (["", ".", ".."], ["0", "1", "2"]),
        (["a?", "a!", "a_"], ["a_", "a_.1", "a_.2"]),
        (["1", "", "x" * 256], ["1", "1.1", "x" * 150]),
    ],
)
def test_names_of_classes_are_safe_and_unique(names, labels):
    scalars = result_of(names, 3).scalars()
    assert [name for name in scalars if name.startswith("alpha/")] == [f"alpha/{label}" for label in labels]
    assert all(MLFLOW_NAME.fullmatch(name) for name in scalars)


def test_mlflow_accepts_the_names():
    validation = pytest.importorskip("mlflow.utils.validation")
    for names in (None, ["", ".", "a/../b"], ["x" * 256, "größe", "/"]):
        for name in result_of(names, 3).scalars("train/"):
            validation._validate_metric_name(name)
