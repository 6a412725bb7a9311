"""The metric and the scorer of scikit-learn."""

import pickle

import numpy as np
import pytest
from boosting_reference import sigmoid_focal_loss, softmax_focal_loss

pytest.importorskip("sklearn", reason="scikit-learn is not installed")

from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from focal_loss_client import FocalLossClient
from focal_loss_client.sklearn import focal_loss, focal_loss_scorer

pytestmark = pytest.mark.usefixtures("one_thread")

BINARY = load_breast_cancer(return_X_y=True)
MULTI = load_wine(return_X_y=True)
NAMES = np.array(["owl", "cat", "dog"])


def fitted(data, labels=None):
    features, y = data
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.01)).fit(features, y if labels is None else labels)


def test_the_metric_of_two_classes_takes_one_column_or_two(service_url):
    features, labels = BINARY
    model = fitted(BINARY)
    probabilities = model.predict_proba(features)
    expected = sigmoid_focal_loss(model.decision_function(features), labels)[0].mean()
    options = {"client": service_url}
    assert focal_loss(labels, probabilities, **options) == pytest.approx(expected, rel=1e-5)
    assert focal_loss(labels, probabilities[:, 1], **options) == pytest.approx(expected, rel=1e-5)
    assert focal_loss(labels, probabilities[:, 1:], **options) == pytest.approx(expected, rel=1e-5)
    logits = model.decision_function(features)
    assert focal_loss(labels, logits, predictions="logits", **options) == pytest.approx(expected, rel=1e-6)
    softmax = {"activation": "softmax", "alpha": "off", "gamma": 0, **options}
    assert focal_loss(labels, probabilities, **softmax) == pytest.approx(log_loss(labels, probabilities), rel=1e-5)


def test_the_metric_of_several_classes_and_weights(service_url):
    features, labels = MULTI
    model = fitted(MULTI)
    logits, probabilities = model.decision_function(features), model.predict_proba(features)
    weights = np.random.default_rng(0).random(len(labels))
    losses = softmax_focal_loss(logits, labels)[0]
    actual = focal_loss(labels, probabilities, sample_weight=weights, client=service_url, activation="softmax")
    assert actual == pytest.approx(np.average(losses, weights=weights), rel=1e-5)


def test_labels_are_strings_in_the_order_of_the_columns(service_url):
    features, labels = MULTI
    model = fitted(MULTI)
    options = {"client": service_url, "activation": "softmax"}
    expected = focal_loss(labels, model.predict_proba(features), **options)
    actual = focal_loss(NAMES[labels], model.predict_proba(features), labels=NAMES, **options)
    assert actual == pytest.approx(expected)
    named = fitted(MULTI, NAMES[labels])
    assert named.classes_.tolist() == ["cat", "dog", "owl"]
    assert focal_loss(NAMES[labels], named.predict_proba(features), **options) == pytest.approx(expected, rel=1e-3)


def test_the_scorer_is_negative_and_takes_what_the_model_has(service_url):
    features, labels = MULTI
    model = fitted(MULTI, NAMES[labels])
    options = {"client": service_url, "activation": "softmax", "gamma": 1}
    expected = -softmax_focal_loss_of(model, features, NAMES[labels], **options)
    assert focal_loss_scorer(**options)(model, features, NAMES[labels]) == pytest.approx(expected, rel=1e-5)
    by_logits = focal_loss_scorer(response_method="decision_function", **options)
    assert by_logits(model, features, NAMES[labels]) == pytest.approx(expected, rel=1e-5)
    svm = LinearSVC().fit(StandardScaler().fit_transform(features), labels)
    assert focal_loss_scorer(client=service_url)(svm, features, labels) < 0


def softmax_focal_loss_of(model, features, labels, **options):
    return focal_loss(labels, model.predict_proba(features), labels=model.classes_, **options)


def test_cross_validation_and_search_in_processes(service_url):
    features, labels = BINARY
    names = np.array(["benign", "malign"])[labels]
    scorer = focal_loss_scorer(client=service_url, gamma=2)
    scores = cross_val_score(fitted(BINARY), features, names, scoring=scorer, n_jobs=2, error_score="raise")
    assert (scores < 0).all()
    grid = {"logisticregression__C": [1e-4, 1e-1]}
    search = GridSearchCV(fitted(BINARY), grid, scoring=scorer, n_jobs=2, error_score="raise").fit(features, names)
    assert search.best_params_ == {"logisticregression__C": 1e-1}


def test_a_scorer_is_pickled_by_its_url(service_url):
    scorer = pickle.loads(pickle.dumps(focal_loss_scorer(client=service_url, gamma=2)))
    assert repr(scorer) == "focal_loss_scorer(gamma=2)"
    with FocalLossClient(service_url) as client, pytest.raises(TypeError, match="give its URL"):
        pickle.dumps(focal_loss_scorer(client=client))


def test_what_does_not_fit_is_told(service_url):
    for arguments, message in [
        (([0, 1, 2], np.zeros((3, 2))), "expected predictions for 3 classes, got those for 2 in the shape"),
        (([0, 1, 1], np.zeros(2)), "inconsistent numbers of samples"),
    ]:
        with pytest.raises(ValueError, match=message):
            focal_loss(*arguments, client=service_url)
    with pytest.raises(ValueError, match=r"expected labels of \['a', 'b'\], got .*'c'"):
        focal_loss(["a", "c"], [0.5, 0.5], labels=["a", "b"], client=service_url)
    with pytest.raises(TypeError, match="'outputs' cannot be set here"):
        focal_loss([0, 1], [0.5, 0.5], outputs=["loss"], client=service_url)
    with pytest.raises(TypeError, match="set `reduction`"):
        focal_loss([0, 1], [0.5, 0.5], reduction="none", client=service_url)
    with pytest.raises(TypeError, match="expected a fitted classifier with decision_function"):
        focal_loss_scorer(client=service_url)(StandardScaler(), [[0.0]], [0])
    with pytest.raises(ValueError, match="expected auto"):
        focal_loss_scorer(response_method="predict")
