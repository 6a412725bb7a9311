"""The client against the service built in this repository, or against the one at FOCAL_LOSS_URL."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from focal_loss_client import FocalLossClient, InvalidRequestError

RNG = np.random.default_rng(1)
LOGITS = RNG.normal(size=(40, 5)).astype(np.float32)
CLASSES = RNG.integers(0, 5, 40)
ALL_OUTPUTS = ("loss", "gradients", "per_class", "elementwise", "hessian", "difficulty", "posterior", "calibration")


@pytest.fixture(scope="module")
def client(service_url):
    with FocalLossClient(service_url) as client:
        yield client


def softmax_losses(logits, labels, gamma=2.0):
    """The reference in float64: -(1 - p)^gamma log p."""
    exponentials = np.exp(logits.astype(np.float64))
    p = (exponentials / exponentials.sum(axis=1, keepdims=True))[np.arange(len(labels)), labels]
    return -((1 - p) ** gamma) * np.log(p)


def test_softmax(client):
    result = client.focal_loss(logits=LOGITS, labels=CLASSES, activation="softmax", outputs=ALL_OUTPUTS)
    losses = softmax_losses(LOGITS, CLASSES)
    assert result.loss == pytest.approx(losses.mean(), rel=1e-6)
    assert result.sum == pytest.approx(losses.sum(), rel=1e-6)
    assert result.denominator == 40
    np.testing.assert_allclose(result.elementwise, losses, rtol=1e-5)
    assert (result.counts.samples, result.counts.classes, result.counts.positives) == (40, 5, 40)
    assert (result.gradients.dtype, result.gradients.shape) == (np.float32, (40, 5))
    assert result.hessian_diagonal.shape == (40, 5)
    np.testing.assert_array_equal(result.per_class["positives"], np.bincount(CLASSES, minlength=5))
    assert result.per_class["loss.total"].sum() == pytest.approx(result.loss)
    assert result.difficulty["positives.counts"].sum() == 40
    assert result.difficulty["positives.loss"].sum() == pytest.approx(1)
    assert result.difficulty["positives.loss"].shape == (20,)
    assert np.isnan(result.difficulty["negatives.loss"]).all()
    np.testing.assert_allclose(result.posterior.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(result.per_class["prior"], np.bincount(CLASSES, minlength=5) / 40)
    assert np.exp(result.per_class["initial_logit"]).sum() == pytest.approx(1)
    for part in ("predicted", "posterior"):
        assert result.calibration[f"{part}.counts"].sum() == 40
        assert result.calibration[f"{part}.observed_rate"].shape == (15,)
        assert 0 < result.calibration[f"{part}.expected_calibration_error"] < 1
    assert result.duration_ms.compute > 0
    assert result.engine.name

    nudged = LOGITS.astype(np.float64)
    nudged[3, 1] += 1e-4
    slope = (softmax_losses(nudged, CLASSES).mean() - losses.mean()) / 1e-4
    assert result.gradients[3, 1] == pytest.approx(slope, abs=1e-6)


def test_labels_of_one_class_are_0_and_1_without_the_class_axis(client):
    logits = LOGITS[:, :1]
    labels = (CLASSES > 2).astype(np.int64)
    dense = client.focal_loss(logits=logits, labels=labels[:, np.newaxis])
    for given in (labels, labels.astype(bool), labels.astype(np.float32)):
        result = client.focal_loss(logits=logits, labels=given)
        assert (result.loss, result.counts.positives) == (dense.loss, labels.sum())
        sweep = client.sweep(logits=logits, labels=given, gammas=[2])
        assert sweep.counts.positives == labels.sum()
    indices = client.focal_loss(logits=logits, labels=np.where(labels, 0, -1), background_index=-1)
    assert indices.counts.positives == labels.sum()
    with pytest.raises(InvalidRequestError, match="2 classes for softmax"):
        client.focal_loss(logits=logits, labels=labels, activation="softmax")


def test_logits_may_be_integers(client):
    logits = np.arange(-20, 20).reshape(8, 5)
    expected = client.focal_loss(logits=logits.astype(np.float32), labels=CLASSES[:8])
    for dtype in (np.int64, np.int32, np.int16, np.int8):
        result = client.focal_loss(logits=logits.astype(dtype), labels=CLASSES[:8])
        assert result.loss == expected.loss
        np.testing.assert_array_equal(result.gradients, expected.gradients)


def test_result_arrays_are_aligned_and_writable(client):
    result = client.focal_loss(logits=LOGITS, labels=CLASSES)
    for array in (result.gradients, *result.per_class.values()):
        assert array.flags.aligned
        assert array.flags.writeable


@pytest.mark.parametrize("labels_dtype", ["i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "f8", "f4", "f2", ">i4"])
@pytest.mark.parametrize("logits_dtype", ["f8", "f4", "f2", ">f4", "bfloat16"])
def test_every_dtype(client, logits_dtype, labels_dtype):
    if logits_dtype == "bfloat16":
        pytest.importorskip("ml_dtypes")
    logits = LOGITS.astype(logits_dtype)
    result = client.focal_loss(logits=logits, labels=CLASSES.astype(labels_dtype), activation="softmax")
    assert result.loss == pytest.approx(softmax_losses(logits, CLASSES).mean(), rel=1e-6)


def test_dense_boolean_labels_and_lists(client):
    dense = CLASSES[:, None] == np.arange(5)
    by_index = client.focal_loss(logits=LOGITS, labels=CLASSES)
    # The engine may use a different kernel for each, and round differently.
    assert client.focal_loss(logits=LOGITS, labels=dense).loss == pytest.approx(by_index.loss, rel=1e-7)
    assert client.focal_loss(logits=LOGITS.tolist(), labels=CLASSES.tolist()).loss == by_index.loss


def test_alpha_from_class_counts(client):
    options = {"logits": LOGITS, "labels": CLASSES, "activation": "softmax"}
    balanced = client.focal_loss(**options, alpha={"balanced": True})
    counts = np.bincount(CLASSES, minlength=5)
    np.testing.assert_allclose(balanced.alpha, 40 / (5 * counts), rtol=1e-15)
    losses = balanced.alpha[CLASSES] * softmax_losses(LOGITS, CLASSES)
    assert balanced.loss == pytest.approx(losses.mean(), rel=1e-6)

    given = client.focal_loss(**options, alpha={"effective_number": {"beta": 0.9, "class_counts": counts}})
    counted = client.focal_loss(**options, alpha={"effective_number": {"beta": 0.9}})
    np.testing.assert_array_equal(given.alpha, counted.alpha)
    assert given.alpha.sum() == pytest.approx(5)
    assert client.focal_loss(**options).alpha is None


def test_sweep(client):
    batch = {"logits": LOGITS, "labels": CLASSES, "class_names": ["a", "b", "c", "d", "e"]}
    gammas, alphas = np.array([0, 2]), [None, 0.25, np.full(5, 0.4), {"balanced": True}]
    sweep = client.sweep(**batch, gammas=gammas, alphas=alphas, normalizer="positives")
    assert [point.gamma for point in sweep.grid] == [0] * 4 + [2] * 4
    assert [point.alpha for point in sweep.grid[:4]] == [None, 0.25, [0.4] * 5, {"balanced": True}]
    for point in sweep.grid:
        weights = point.alpha if point.alpha_weights is None else point.alpha_weights
        one = client.focal_loss(**batch, gamma=point.gamma, alpha=weights, normalizer="positives")
        assert point.loss == pytest.approx(one.loss, rel=1e-6)
        np.testing.assert_allclose(point.class_loss_shares, one.per_class["loss.share"], rtol=1e-6)
        np.testing.assert_allclose(point.class_gradient_shares, one.per_class["gradient_l1.share"], rtol=1e-6)
        gradients = one.gradients.astype(np.float64)
        assert point.gradient_norm == pytest.approx(np.linalg.norm(gradients), rel=1e-6)
        assert point.effective_examples == pytest.approx(np.abs(gradients).sum() ** 2 / (gradients**2).sum(), rel=1e-5)
        positive = one.per_class["loss.positive"].sum() / one.loss
        assert point.positive_loss_share == pytest.approx(positive, rel=1e-6)
    plain = sweep.grid[0]
    assert plain.loss == pytest.approx(sweep.cross_entropy)
    assert [(c.index, c.name, c.positives) for c in sweep.classes] == list(
        zip(range(5), "abcde", np.bincount(CLASSES), strict=True)
    )
    assert (sweep.counts.samples, sweep.denominator) == (40, 40)


def test_sweep_without_elements_and_with_too_many_pairs(client):
    (point,) = client.sweep(logits=[1.0], labels=[-100], gammas=[2]).grid
    assert (point.alpha, point.loss, point.positive_loss_share, point.effective_examples) == (0.25, 0, None, None)
    assert np.isnan(point.class_loss_shares).all()
    with pytest.raises(InvalidRequestError, match="256 pairs"):
        client.sweep(logits=[1.0], labels=[1], gammas=np.ones(129), alphas=[0.1, 0.2])


def test_probabilities_and_sample_weights(client):
    p = np.array([[0.25, 0.75], [0.5, 0.5]])
    result = client.focal_loss(
        probabilities=p, labels=[1, 0], sample_weights=[2, 0], activation="softmax", normalizer="weights"
    )
    assert result.loss == pytest.approx(-(0.25**2) * np.log(0.75), rel=1e-6)


def test_element_weights(client):
    weights = np.array([[2, 0, 1], [0.5, 1, 0]])
    batch = {
        "logits": [[1.0, np.nan, -2.0], [0.0, 3.0, -np.inf]],
        "labels": [[1, 0, 1], [0, 0, 1]],
        "gamma": 0,
        "alpha": None,
    }
    result = client.focal_loss(**batch, element_weights=weights, normalizer="weights", outputs=["loss", "gradients"])
    cross_entropy = 2 * np.log1p(np.exp(-1)) + np.log1p(np.exp(2)) + 0.5 * np.log(2) + np.log1p(np.exp(3))
    assert result.loss == pytest.approx(cross_entropy / 4.5, rel=1e-6)
    assert (result.gradients == 0).tolist() == (weights == 0).tolist()
    sweep = client.sweep(
        logits=[[1.0, -2.0]], labels=[0], element_weights=[[0, 3]], gammas=[0], alphas=["off"], reduction="sum"
    )
    assert sweep.grid[0].loss == pytest.approx(3 * np.log1p(np.exp(-2)), rel=1e-6)


def test_options_can_be_numpy_values(client):
    from_list = client.focal_loss(logits=LOGITS, labels=CLASSES, gamma=[1.0, 2.0, 2.0, 0.5, 3.0], alpha=None)
    from_array = client.focal_loss(logits=LOGITS, labels=CLASSES, gamma=np.array([1, 2, 2, 0.5, 3]), alpha=None)
    assert from_list.loss == from_array.loss
    by_two = client.focal_loss(logits=LOGITS, labels=CLASSES, normalizer=np.float32(2), ignore_index=np.int64(-1))
    assert by_two.loss == pytest.approx(by_two.sum / 2)


@pytest.mark.parametrize(("name", "dtype"), [("F16", "float16"), ("BF16", "bfloat16")])
def test_gradients_in_16_bits(client, name, dtype):
    if dtype == "bfloat16":
        pytest.importorskip("ml_dtypes")
    float32 = client.focal_loss(logits=LOGITS, labels=CLASSES, reduction="sum")
    rounded = client.focal_loss(logits=LOGITS, labels=CLASSES, reduction="sum", gradients_dtype=name)
    assert rounded.gradients.dtype.name == dtype
    np.testing.assert_allclose(rounded.gradients.astype(np.float32), float32.gradients, rtol=0.01, atol=1e-4)


def test_bfloat16_without_ml_dtypes_is_rejected_before_the_request(client, monkeypatch):
    monkeypatch.setattr("focal_loss_client.safetensors.has_bfloat16", lambda: False)
    with pytest.raises(TypeError, match="gradients_dtype: BF16 requires the package ml_dtypes"):
        client.focal_loss(logits=LOGITS, labels=CLASSES, gradients_dtype="BF16")


def test_outputs_that_were_not_requested_are_none(client):
    result = client.focal_loss(logits=LOGITS, labels=CLASSES, outputs=["gradients"])
    assert (result.loss, result.per_class, result.difficulty) == (None, None, None)
    assert (result.elementwise, result.hessian_diagonal) == (None, None)
    none = client.focal_loss(logits=LOGITS, labels=CLASSES, reduction="none", outputs=["loss"])
    assert none.loss is None
    assert none.gradients is None


def test_options_in_force(client):
    result = client.focal_loss(
        logits=LOGITS, labels=CLASSES, alpha=None, gamma=np.float32(1.5), class_weights=[1, 2, 3, 4, 5]
    )
    assert (result.options["alpha"], result.options["gamma"], result.options["normalizer"]) == ("off", 1.5, "elements")
    assert result.options["class_weights"] == [1, 2, 3, 4, 5]
    again = client.focal_loss(logits=LOGITS, labels=CLASSES, **result.options)
    assert (again.loss, again.options) == (result.loss, result.options)
    swept = client.sweep(logits=LOGITS, labels=CLASSES, gammas=[2], reduction="sum")
    assert swept.options["reduction"] == "sum"


def test_asymmetric_loss(client):
    labels = (LOGITS > 0.5).astype(np.uint8)
    options = {"margin": 0.05, "alpha": None, "reduction": "sum"}
    result = client.focal_loss(
        logits=LOGITS, labels=labels, gamma={"positive": np.ones(5), "negative": np.float32(4)}, **options
    )
    p = 1 / (1 + np.exp(-LOGITS.astype(np.float64)))
    shifted = np.maximum(p - 0.05, 0)
    expected = np.where(labels == 1, -(1 - p) * np.log(p), -(shifted**4) * np.log1p(-shifted))
    assert result.loss == pytest.approx(expected.sum(), rel=1e-6)
    assert result.options["gamma"] == {"positive": [1] * 5, "negative": 4}
    again = client.focal_loss(logits=LOGITS, labels=labels, **result.options)
    assert (again.loss, again.options) == (result.loss, result.options)


def test_losses_of_detectors(client):
    quality = np.where(LOGITS > 1, 0.75, 0)
    p = 1 / (1 + np.exp(-LOGITS.astype(np.float64)))
    cross_entropy = -quality * np.log(p) - (1 - quality) * np.log1p(-p)
    negatives = -(p**2) * np.log1p(-p)
    batch = {"logits": LOGITS, "labels": quality.astype(np.float32)}
    varifocal = client.focal_loss(**batch, soft_labels="varifocal", focusing="detached", reduction="sum")
    expected = np.where(quality > 0, quality * cross_entropy, 0.75 * negatives).sum()
    assert varifocal.loss == pytest.approx(expected, rel=1e-6)
    (point,) = client.sweep(**batch, gammas=[2], soft_labels="varifocal", reduction="sum").grid
    assert (point.alpha, point.loss) == (0.75, pytest.approx(expected, rel=1e-6))


def test_a_hessian_that_is_never_negative(client):
    options = {"logits": LOGITS * 4, "labels": CLASSES, "activation": "softmax", "outputs": ["hessian"]}
    assert client.focal_loss(**options).hessian_diagonal.min() < 0
    assert client.focal_loss(**options, hessian_form="detached").hessian_diagonal.min() >= 0


def test_class_names(client):
    names = ['a "quoted" name', "ü", "c", "d", "e"]
    assert client.focal_loss(logits=LOGITS, labels=CLASSES, class_names=names).class_names == names
    assert client.focal_loss(logits=LOGITS, labels=CLASSES).class_names is None


@pytest.mark.parametrize("shape", [(0, 3), (0,)])
def test_an_empty_batch(client, shape):
    result = client.focal_loss(logits=np.zeros(shape, np.float32), labels=np.zeros(shape), outputs=ALL_OUTPUTS)
    assert result.loss == 0
    assert result.gradients.shape == result.hessian_diagonal.shape == shape


def test_ignored_predictions_may_be_nan(client):
    logits = np.vstack([LOGITS, np.full((1, 5), np.nan, np.float32)])
    result = client.focal_loss(logits=logits, labels=np.append(CLASSES, -100))
    assert result.loss == client.focal_loss(logits=LOGITS, labels=CLASSES).loss
    assert not result.gradients[-1].any()


def test_validation_issues_are_located(client):
    labels = CLASSES.copy()
    labels[[3, 7, 8]] = 9, 8, 9
    with pytest.raises(InvalidRequestError) as caught:
        client.focal_loss(logits=LOGITS, labels=labels)
    problem = caught.value.problem
    assert (problem.status, problem.code) == (422, "invalid_request")
    assert [issue.pointer for issue in problem.errors] == ["/labels/3", "/labels/7"]
    assert "expected a class index from 0 to 4" in problem.errors[0].message
    assert "got 9 at 2 places, the first at [3]" in problem.errors[0].message
    assert problem.request_id


def test_threads_can_share_a_client(client):
    def call(size):
        return client.focal_loss(logits=LOGITS[:size], labels=CLASSES[:size], activation="softmax").loss

    sizes = list(range(1, 41)) * 3
    with ThreadPoolExecutor(12) as pool:
        losses = list(pool.map(call, sizes))
    expected = [softmax_losses(LOGITS[:size], CLASSES[:size]).mean() for size in sizes]
    assert losses == pytest.approx(expected, rel=1e-6)


def test_a_batch_of_many_chunks(client):
    logits = RNG.normal(size=(400_000, 3)).astype(np.float32)
    labels = RNG.integers(0, 3, 400_000)
    result = client.focal_loss(logits=logits, labels=labels, activation="softmax")
    assert result.loss == pytest.approx(softmax_losses(logits, labels).mean(), rel=1e-6)
    assert result.gradients.shape == logits.shape


def test_unix_socket(start_service, tmp_path):
    path = tmp_path / "focal loss.sock"
    start_service("--socket", str(path))
    with FocalLossClient(f"unix://{path}") as client:
        for _ in range(2):
            result = client.focal_loss(logits=LOGITS, labels=CLASSES, activation="softmax")
            assert result.loss == pytest.approx(softmax_losses(LOGITS, CLASSES).mean(), rel=1e-6)


def test_a_body_that_is_too_large_is_rejected(start_service):
    _, url = start_service("--port", "0", "--max-body-bytes", "1048576")
    with FocalLossClient(url) as client:
        with pytest.raises(InvalidRequestError) as caught:
            client.focal_loss(logits=np.zeros(2_000_000), labels=np.zeros(2_000_000))
        assert caught.value.problem.code == "body_too_large"
        assert client.focal_loss(logits=[1.0], labels=[1]).counts.samples == 1


def test_a_call_survives_a_restart_of_the_service(start_service):
    process, url = start_service("--port", "0")
    with FocalLossClient(url) as client, ThreadPoolExecutor(1) as executor:
        before = client.focal_loss(logits=LOGITS, labels=CLASSES).loss
        process.kill()
        process.wait()
        after = executor.submit(lambda: client.focal_loss(logits=LOGITS, labels=CLASSES).loss)
        start_service("--port", url.rsplit(":", 1)[1])
        assert after.result() == before
