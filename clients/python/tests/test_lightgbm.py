"""The adapter of LightGBM trains real models."""

import pickle
import warnings

import numpy as np
import pytest
from boosting_reference import sigmoid_focal_loss, softmax_focal_loss

lightgbm = pytest.importorskip("lightgbm", reason="LightGBM is not installed")
datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
model_selection = pytest.importorskip("sklearn.model_selection")

from focal_loss_client.lightgbm import FocalLoss, FocalLossClassifier
from focal_loss_client.sklearn import focal_loss_scorer

pytestmark = pytest.mark.usefixtures("one_thread")

SETTINGS = {"learning_rate": 0.1, "num_leaves": 8, "lambda_l2": 1.0, "num_threads": 1, "verbosity": -1}
TREES = 20


def data_of(kind):
    load = datasets.load_breast_cancer if kind == "binary" else datasets.load_wine
    features, labels = load(return_X_y=True)
    return features, labels, np.random.default_rng(0).random(len(labels)) * 2 + 0.1


def numpy_objective(kind):
    def evaluate(margins, labels, weights):
        if kind == "softmax":
            return softmax_focal_loss(margins, labels.astype(int), weights)
        dense = labels if margins.ndim == 1 else np.eye(3)[labels.astype(int)]
        return sigmoid_focal_loss(margins, dense, weights.reshape(-1, *[1] * (margins.ndim - 1)))

    def objective(margins, data):
        _, gradients, hessian = evaluate(margins, data.get_label(), data.get_weight())
        return gradients, np.maximum(hessian, 1e-6)

    def metric(margins, data):
        losses, _, _ = evaluate(margins, data.get_label(), data.get_weight())
        return "focal_loss", losses.sum() / data.get_weight().sum() / (losses.size / len(losses)), False

    return objective, metric


@pytest.mark.parametrize("kind", ["binary", "one-vs-all", "softmax"])
def test_train_has_the_curve_of_numpy(service_url, kind):
    features, labels, weights = data_of(kind)
    loss = FocalLoss(client=service_url, **({"activation": "softmax"} if kind == "softmax" else {}))
    start = loss.initial_score(labels, weights)

    def train(objective, metric):
        data = lightgbm.Dataset(features, labels, weight=weights, init_score=start)
        record = {}
        settings = {**SETTINGS, "objective": objective, "num_class": 1 if kind == "binary" else 3}
        model = lightgbm.train(
            settings,
            data,
            TREES,
            valid_sets=[data],
            valid_names=["train"],
            feval=metric,
            callbacks=[lightgbm.record_evaluation(record)],
        )
        return model, record["train"]["focal_loss"]

    model, losses = train(loss, loss.metric)
    np.testing.assert_allclose(losses, train(*numpy_objective(kind))[1], rtol=1e-4)
    assert losses[-1] < losses[0] / 2
    probabilities = loss.predict_proba(model, features, start[0])
    assert probabilities.shape == (len(labels), 2 if kind == "binary" else 3)
    assert (probabilities.argmax(axis=1) == labels).mean() > 0.95
    np.testing.assert_allclose(
        loss.metric(start + model.predict(features, raw_score=True), lightgbm.Dataset(features, labels).construct())[1],
        loss.metric(labels, start + model.predict(features, raw_score=True))[1],
    )


def test_early_stopping_knows_that_lower_is_better(service_url):
    features, labels, _ = data_of("binary")
    loss = FocalLoss(client=service_url)
    parts = model_selection.train_test_split(features, labels, random_state=0, test_size=0.5)
    data = lightgbm.Dataset(parts[0], parts[2], init_score=loss.initial_score(parts[2]))
    held_out = lightgbm.Dataset(
        parts[1], parts[3], init_score=loss.initial_score(parts[2], rows=len(parts[3])), reference=data
    )
    model = lightgbm.train(
        {**SETTINGS, "objective": loss, "learning_rate": 0.5},
        data,
        200,
        valid_sets=[held_out],
        feval=loss.metric,
        callbacks=[lightgbm.early_stopping(5, verbose=False)],
    )
    assert 1 < model.best_iteration < 150


def test_the_metric_of_probabilities_is_for_objectives_of_lightgbm(service_url):
    features, labels, _ = data_of("binary")
    loss = FocalLoss(client=service_url)
    model = lightgbm.LGBMClassifier(n_estimators=5, n_jobs=1, verbose=-1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(features, labels, eval_set=[(features, labels)], eval_metric=loss.probability_metric)
    assert model.evals_result_["training"]["focal_loss"][-1] == pytest.approx(
        loss.mean(labels, model.predict(features, raw_score=True)), rel=1e-5
    )


def test_the_estimator_of_lightgbm_takes_the_objective(service_url):
    features, labels, weights = data_of("softmax")
    loss = FocalLoss(client=service_url, activation="softmax")
    model = lightgbm.LGBMClassifier(objective=loss, n_estimators=TREES, n_jobs=1, verbose=-1)
    model.fit(features, labels, sample_weight=weights, init_score=loss.initial_score(labels, weights))
    probabilities = loss.predict_proba(model, features, loss.initial_logit(labels, weights))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert (probabilities.argmax(axis=1) == labels).mean() > 0.95


@pytest.mark.parametrize("kind", ["binary", "one-vs-all", "softmax"])
def test_the_classifier_is_train_with_all_that_belongs_to_it(service_url, kind):
    features, labels, weights = data_of(kind)
    names = np.array(["ant", "bee", "cat"])[labels]
    loss = FocalLoss(client=service_url, **({"activation": "softmax"} if kind == "softmax" else {}))
    model = FocalLossClassifier(objective=loss, n_estimators=TREES, n_jobs=1, verbose=-1, reg_lambda=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of eval_set, which LightGBM 4.7 deprecates.
        model.fit(features, names, sample_weight=weights, eval_set=[(features, names)], eval_sample_weight=[weights])
    probabilities = model.predict_proba(features)
    assert (model.predict(features) == names).mean() > 0.95
    start = loss.initial_logit(labels, weights)
    np.testing.assert_allclose(model.initial_logit_, start)
    np.testing.assert_allclose(probabilities, loss.predict_proba(model.booster_, features, start), rtol=1e-5)
    np.testing.assert_allclose(model.predict(features, raw_score=True), model.decision_function(features))
    np.testing.assert_allclose(
        model.evals_result_["training"]["focal_loss"][-1],
        loss.mean(labels, model.decision_function(features), weights),
        rtol=1e-5,
    )
    copied = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copied.predict_proba(features), probabilities)
    assert model.predict(features, pred_leaf=True).shape[0] == len(labels)


def test_the_classifier_counts_class_weights_and_schemes_of_alpha(service_url):
    features, labels, _ = data_of("softmax")
    loss = FocalLoss(client=service_url, activation="softmax", alpha={"balanced": True})
    model = FocalLossClassifier(objective=loss, class_weight="balanced", n_estimators=2, n_jobs=1, verbose=-1)
    model.fit(features, labels)
    start = model.loss_.probabilities(model.initial_logit_[None])
    np.testing.assert_allclose(start, np.full((1, 3), 1 / 3), rtol=1e-5)


def test_search_over_objectives_in_processes(service_url):
    features, labels, _ = data_of("binary")
    model = FocalLossClassifier(n_estimators=3, n_jobs=1, verbose=-1)
    grid = {"objective": [FocalLoss(client=service_url, gamma=gamma) for gamma in (0.5, 2)]}
    scorer = focal_loss_scorer(client=service_url, gamma=2, response_method="decision_function")
    search = model_selection.GridSearchCV(model, grid, scoring=scorer, n_jobs=2, cv=2, error_score="raise")
    search.fit(features, labels)
    assert (search.cv_results_["mean_test_score"] < 0).all()
    assert search.best_estimator_.predict(features).shape == labels.shape


def test_what_does_not_fit_is_told(service_url):
    features, labels, _ = data_of("binary")
    with pytest.raises(TypeError, match="expected objective=FocalLoss"):
        FocalLossClassifier().fit(features, labels)
    model = FocalLossClassifier(objective=FocalLoss(client=service_url), verbose=-1)
    with pytest.raises(TypeError, match="'init_score' cannot be set here"):
        model.fit(features, labels, init_score=np.zeros(len(labels)))
    with pytest.raises(ValueError, match="expected labels 0 and 1, got 2"):
        lightgbm.train({**SETTINGS, "objective": FocalLoss(client=service_url)}, lightgbm.Dataset(features, labels + 1))
    plain = lightgbm.LGBMClassifier(objective=FocalLoss(client=service_url), n_estimators=2, verbose=-1)
    with pytest.raises(ValueError, match="use FocalLossClassifier"):
        focal_loss_scorer(client=service_url)(plain.fit(features, labels), features, labels)


def test_the_classifier_evaluates_no_metric_that_takes_margins_for_probabilities(service_url):
    features, labels, _ = data_of("binary")
    model = FocalLossClassifier(objective=FocalLoss(client=service_url), n_estimators=3, n_jobs=1, verbose=-1)
    held_out = [(features[:99], labels[:99])]
    assert list(model.fit(features, labels, eval_set=held_out).best_score_["valid_0"]) == ["focal_loss"]
    model.fit(features, labels, eval_set=held_out, eval_metric="auc")
    assert list(model.best_score_["valid_0"]) == ["auc"]
