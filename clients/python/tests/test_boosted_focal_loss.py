"""What the adapters of LightGBM and XGBoost share."""

import copy
import pickle

import numpy as np
import pytest
from boosting_reference import sigmoid_focal_loss, softmax_focal_loss

from focal_loss_client import FocalLossClient, InvalidRequestError
from focal_loss_client.boosted_focal_loss import BoostedFocalLoss

RNG = np.random.default_rng(0)
ROWS = 200
BINARY = RNG.normal(0, 3, ROWS), RNG.integers(0, 2, ROWS)
MULTI = RNG.normal(0, 3, (ROWS, 3)), RNG.integers(0, 3, ROWS)
WEIGHTS = RNG.random(ROWS) * 3


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("form", ["binary", "one column", "one-vs-all", "softmax"])
def test_derivatives_and_mean_are_those_of_numpy(service_url, form, dtype, weights):
    margins, labels = BINARY if form in ("binary", "one column") else MULTI
    margins = margins.astype(dtype)
    factors = np.ones(ROWS) if weights is None else weights
    if form == "softmax":
        loss = BoostedFocalLoss(client=service_url, activation="softmax", min_hessian=1e-12)
        losses, gradients, hessian = softmax_focal_loss(margins, labels, factors)
        mean = losses.sum() / factors.sum()
    else:
        loss = BoostedFocalLoss(client=service_url, min_hessian=1e-12)
        dense = labels if margins.ndim == 1 else np.eye(3)[labels]
        losses, gradients, hessian = sigmoid_focal_loss(margins, dense, factors.reshape(-1, *[1] * (margins.ndim - 1)))
        mean = losses.sum() / (factors.sum() * (losses.size / ROWS))
    if form == "one column":
        margins, gradients, hessian = margins[:, None], gradients[:, None], hessian[:, None]
    actual_gradients, actual_hessian = loss.derivatives(labels.astype(np.float32), margins, weights)
    np.testing.assert_allclose(actual_gradients, gradients, rtol=2e-5, atol=1e-9)
    np.testing.assert_allclose(actual_hessian, hessian, rtol=2e-5, atol=1e-9)
    assert loss.mean(labels, margins, weights) == pytest.approx(mean, rel=1e-6)
    assert loss.negative_hessians == 0


def test_weights_of_one_change_no_mean(service_url):
    for options, (margins, labels) in [({}, BINARY), ({}, MULTI), ({"activation": "softmax"}, MULTI)]:
        loss = BoostedFocalLoss(client=service_url, **options)
        ignored = np.where(np.arange(ROWS) < 20, -100, labels)
        for some in (labels, ignored):
            assert loss.mean(some, margins, np.ones(ROWS)) == pytest.approx(loss.mean(some, margins), rel=1e-6)


def test_the_mean_of_probabilities_is_that_of_their_logits(service_url):
    margins, labels = BINARY
    loss = BoostedFocalLoss(client=service_url)
    probabilities = 1 / (1 + np.exp(-margins))
    assert loss.mean(labels, probabilities, WEIGHTS, "probabilities") == pytest.approx(
        loss.mean(labels, margins, WEIGHTS), rel=1e-5
    )


def test_a_negative_hessian_is_clipped_and_counted(service_url):
    loss = BoostedFocalLoss(client=service_url, hessian_form="exact", min_hessian=1e-3)
    _, hessian = loss.derivatives([1, 0, 1], np.array([-6.0, 0.0, 1.0]))
    assert hessian.min() == np.float32(1e-3)
    assert loss.negative_hessians == 1


def test_losses_with_which_a_detached_hessian_could_be_negative_have_the_exact_one(service_url):
    for options in ({"margin": 0.05}, {"poly_epsilon": 1.0}):
        gradients, _ = BoostedFocalLoss(client=service_url, **options).derivatives(BINARY[1], BINARY[0])
        assert np.isfinite(gradients).all()


def test_multi_label_labels_are_dense(service_url):
    labels = RNG.integers(0, 2, (ROWS, 3))
    gradients, _ = BoostedFocalLoss(client=service_url).derivatives(labels.reshape(-1), MULTI[0])
    np.testing.assert_allclose(gradients, sigmoid_focal_loss(MULTI[0], labels)[1], rtol=2e-5, atol=1e-9)


@pytest.mark.parametrize("options", [{}, {"gamma": 0, "alpha": "off"}, {"alpha": {"balanced": True}}])
def test_the_posterior_of_the_binary_initial_logit_is_the_prior(service_url, options):
    labels = (RNG.random(ROWS) < 0.1).astype(int)
    for weights in (None, WEIGHTS):
        loss = BoostedFocalLoss(client=service_url, **options)
        start = loss.initial_score(labels, weights)
        assert start.shape == (ROWS,)
        probabilities = loss.with_alpha_for(labels).probabilities(start)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
        np.testing.assert_allclose(probabilities[:, 1], np.average(labels, weights=weights), rtol=1e-5)


@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"gamma": [0, 1, 3.5], "alpha": [0.2, 0.3, 0.5]},
        {"class_weights": [1, 2, 3]},
        {"alpha": {"effective_number": {"beta": 0.99}}},
    ],
)
def test_the_posterior_of_initial_logits_is_the_prior(service_url, activation, options):
    labels = MULTI[1]
    for weights in (None, WEIGHTS):
        loss = BoostedFocalLoss(client=service_url, activation=activation, **options).with_alpha_for(labels)
        prior = np.bincount(labels, weights) / (ROWS if weights is None else weights.sum())
        probabilities = loss.probabilities(loss.initial_score(labels, weights, rows=7))
        np.testing.assert_allclose(probabilities, np.tile(prior, (7, 1)), rtol=1e-5)


def test_weights_that_are_equal_change_no_initial_logit(service_url):
    for options in ({}, {"activation": "softmax"}, {"activation": "softmax", "gamma": 0.5, "alpha": [0.1, 0.2, 0.7]}):
        loss = BoostedFocalLoss(client=service_url, **options)
        np.testing.assert_allclose(
            loss.initial_logit(MULTI[1], np.full(ROWS, 2.5)), loss.initial_logit(MULTI[1]), rtol=1e-9
        )


def test_rows_that_are_ignored_count_in_no_prior(service_url):
    loss = BoostedFocalLoss(client=service_url)
    labels = np.array([0, 0, 0, 1, -100, -100])
    expected = loss.initial_logit(labels[:4])
    assert loss.initial_logit(labels) == pytest.approx(expected)
    assert loss.initial_logit(labels, np.ones(6)) == pytest.approx(expected)


def test_two_margins_for_two_classes(service_url):
    loss = BoostedFocalLoss(client=service_url, activation="softmax")
    start = loss.initial_score(BINARY[1], num_class=2)
    assert start.shape == (ROWS, 2)
    np.testing.assert_allclose(loss.probabilities(start)[0], np.bincount(BINARY[1]) / ROWS, rtol=1e-5)


def test_a_class_without_labels_has_no_start(service_url):
    with pytest.raises(ValueError, match="class 2 has a prior of 0"):
        BoostedFocalLoss(client=service_url).initial_logit([0, 1, 1, 0], num_class=3)
    with pytest.raises(ValueError, match="class 0 has a prior of 1"):
        BoostedFocalLoss(client=service_url).initial_logit([1, 1])


def test_labels_that_do_not_fit_are_told():
    loss = BoostedFocalLoss(client="http://127.0.0.1:1")
    for labels, margins, message in [
        ([1, 2], np.zeros(2), "expected labels 0 and 1, got 2: .* num_class"),
        ([-1, 1], np.zeros(2), "got -1: encode them"),
        ([0, 3], np.zeros((2, 3)), "expected labels 0 to 2, as there are 3 margins in each row, got 3"),
        ([0, 0.5], np.zeros((2, 3)), "got 0.5"),
        ([0, np.nan], np.zeros(2), "got nan"),
        (["a", "b"], np.zeros(2), "expected labels that are numbers, got <U1: encode them"),
        (None, np.zeros(2), "expected one label for each of 2 rows of margins, got 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            loss.derivatives(labels, margins)
    with pytest.raises(ValueError, match="softmax takes one margin per class"):
        BoostedFocalLoss(activation="softmax").derivatives([0, 1], np.zeros(2))


def test_options_without_a_meaning_are_told():
    for options, message in [
        ({"outputs": ["loss"]}, "'outputs' cannot be set here: each method requests"),
        ({"reduction": "mean"}, "those of the sum"),
        ({"is_unbalance": True}, "'is_unbalance'; here it is \"alpha\""),
        ({"gama": 2}, "unknown argument 'gama'; is it 'gamma'?"),
    ]:
        with pytest.raises(TypeError, match=message.replace("?", r"\?")):
            BoostedFocalLoss(**options)
    with pytest.raises(ValueError, match="min_hessian above 0"):
        BoostedFocalLoss(min_hessian=0)


def test_no_probabilities_where_they_cannot_be_recovered(service_url):
    with pytest.raises(InvalidRequestError, match="margin"):
        BoostedFocalLoss(client=service_url, margin=0.1).probabilities(np.zeros(2))
    with pytest.raises(ValueError, match="with_alpha_for"):
        BoostedFocalLoss(client=service_url, alpha={"balanced": True}).probabilities(np.zeros(2))


def test_it_is_pickled_by_its_url(service_url):
    loss = BoostedFocalLoss(client=service_url, gamma=1.5)
    loss.mean(BINARY[1], BINARY[0])
    other = pickle.loads(pickle.dumps(loss))
    assert other.mean(BINARY[1], BINARY[0]) == loss.mean(BINARY[1], BINARY[0])
    assert repr(other) == "BoostedFocalLoss(hessian_form='detached', gamma=1.5)"
    assert copy.deepcopy(loss) is loss
    with FocalLossClient(service_url) as client, pytest.raises(TypeError, match="give its URL"):
        pickle.dumps(BoostedFocalLoss(client=client))


@pytest.mark.parametrize("weights", [[1, 0, 0, 1], [0, 0, 0, 0]], ids=["one class", "all"])
def test_weights_of_0_that_leave_no_label_of_a_class_are_an_error(service_url, weights):
    with pytest.raises(ValueError, match=r"has a prior of (0|nan), from which boosting cannot start"):
        BoostedFocalLoss(client=service_url).initial_logit([0, 1, 1, 0], weights)
