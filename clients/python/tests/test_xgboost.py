"""The adapter of XGBoost trains real models."""

import pickle

import numpy as np
import pytest
from boosting_reference import sigmoid_focal_loss, softmax_focal_loss

xgboost = pytest.importorskip("xgboost", reason="XGBoost is not installed")
datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
model_selection = pytest.importorskip("sklearn.model_selection")

from focal_loss_client.sklearn import focal_loss_scorer
from focal_loss_client.xgboost import FocalLoss, FocalLossClassifier

pytestmark = pytest.mark.usefixtures("one_thread")

SETTINGS = {"eta": 0.3, "max_depth": 3, "min_child_weight": 1e-3, "nthread": 1, "disable_default_eval_metric": True}
ESTIMATOR = {"learning_rate": 0.3, "max_depth": 3, "min_child_weight": 1e-3, "n_jobs": 1}
TREES = 20


def data_of(kind):
    load = datasets.load_breast_cancer if kind == "binary" else datasets.load_wine
    features, labels = load(return_X_y=True)
    return features, labels, np.random.default_rng(0).random(len(labels)) * 2 + 0.1


def numpy_objective(kind):
    def evaluate(margins, data):
        labels, weights = data.get_label().astype(int), data.get_weight()
        if kind == "softmax":
            return softmax_focal_loss(margins, labels, weights)
        dense = labels if margins.ndim == 1 else np.eye(3)[labels]
        return sigmoid_focal_loss(margins, dense, weights.reshape(-1, *[1] * (margins.ndim - 1)))

    def objective(margins, data):
        _, gradients, hessian = evaluate(margins, data)
        return gradients, np.maximum(hessian, 1e-6)

    def metric(margins, data):
        losses, _, _ = evaluate(margins, data)
        return "focal_loss", losses.sum() / data.get_weight().sum() / (losses.size / len(losses))

    return objective, metric


@pytest.mark.parametrize("kind", ["binary", "one-vs-all", "softmax"])
def test_train_has_the_curve_of_numpy(service_url, kind):
    features, labels, weights = data_of(kind)
    loss = FocalLoss(client=service_url, **({"activation": "softmax"} if kind == "softmax" else {}))

    def train(objective, metric):
        data = xgboost.DMatrix(features, labels, weight=weights, base_margin=loss.initial_score(labels, weights))
        settings = {**SETTINGS, **({} if kind == "binary" else {"num_class": 3})}
        record = {}
        model = xgboost.train(
            settings,
            data,
            TREES,
            evals=[(data, "train")],
            obj=objective,
            custom_metric=metric,
            evals_result=record,
            verbose_eval=False,
        )
        return model, data, record["train"]["focal_loss"]

    model, data, losses = train(loss, loss.metric)
    np.testing.assert_allclose(losses, train(*numpy_objective(kind))[2], rtol=1e-4)
    assert losses[-1] < losses[0] / 2
    probabilities = loss.predict_proba(model, data)
    assert probabilities.shape == (len(labels), 2 if kind == "binary" else 3)
    assert (probabilities.argmax(axis=1) == labels).mean() > 0.95


def test_the_initial_logit_is_a_base_score(service_url):
    features, labels, _ = data_of("binary")
    loss = FocalLoss(client=service_url)
    start = loss.initial_logit(labels)
    model = xgboost.train({**SETTINGS, "base_score": start}, xgboost.DMatrix(features, labels), 1, obj=loss)
    margins = model.predict(xgboost.DMatrix(features), output_margin=True, iteration_range=(0, 1))
    assert abs(np.median(margins) - start) < 3
    np.testing.assert_allclose(model.num_boosted_rounds(), 1)


def test_early_stopping_knows_that_lower_is_better(service_url):
    features, labels, _ = data_of("binary")
    loss = FocalLoss(client=service_url)
    parts = model_selection.train_test_split(features, labels, random_state=0, test_size=0.5)
    model = xgboost.train(
        {**SETTINGS, "base_score": loss.initial_logit(parts[2]), "eta": 1.0},
        xgboost.DMatrix(parts[0], parts[2]),
        200,
        evals=[(xgboost.DMatrix(parts[1], parts[3]), "held_out")],
        obj=loss,
        custom_metric=loss.metric,
        early_stopping_rounds=5,
        verbose_eval=False,
    )
    assert 1 < model.best_iteration < 150


def test_the_metric_of_probabilities_is_for_objectives_of_xgboost(service_url):
    features, labels, weights = data_of("binary")
    loss = FocalLoss(client=service_url)
    model = xgboost.XGBClassifier(n_estimators=5, eval_metric=loss.probability_metric, **ESTIMATOR)
    model.fit(features, labels, sample_weight=weights, eval_set=[(features, labels)], verbose=False)
    assert model.evals_result()["validation_0"]["focal_loss"][-1] == pytest.approx(
        loss.mean(labels, model.predict(features, output_margin=True)), rel=1e-4
    )


def test_the_estimator_of_xgboost_takes_the_objective(service_url):
    features, labels, weights = data_of("softmax")
    loss = FocalLoss(client=service_url, activation="softmax")
    model = xgboost.XGBClassifier(objective=loss, eval_metric=loss.metric, n_estimators=TREES, **ESTIMATOR)
    start = loss.initial_score(labels, weights)
    model.fit(features, labels, sample_weight=weights, base_margin=start, verbose=False)
    probabilities = loss.predict_proba(model, features, base_margin=start)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert (probabilities.argmax(axis=1) == labels).mean() > 0.95


@pytest.mark.parametrize("kind", ["binary", "one-vs-all", "softmax"])
def test_the_classifier_is_train_with_all_that_belongs_to_it(service_url, kind, tmp_path):
    features, labels, weights = data_of(kind)
    loss = FocalLoss(client=service_url, **({"activation": "softmax"} if kind == "softmax" else {}))
    model = FocalLossClassifier(objective=loss, n_estimators=TREES, eval_metric=loss.metric, **ESTIMATOR)
    sets = {"eval_set": [(features, labels)], "sample_weight_eval_set": [weights]}
    if kind != "binary" and xgboost.__version__ < "3.1":
        with pytest.raises(NotImplementedError, match=r"update it to 3\.1"):
            model.fit(features, labels)
        return
    model.fit(features, labels, sample_weight=weights, verbose=False, **sets)
    start = loss.initial_logit(labels, weights)
    np.testing.assert_allclose(model.initial_logit_, start)
    settings = {**SETTINGS, "base_score": 0.0, **({} if kind == "binary" else {"num_class": 3})}
    data = xgboost.DMatrix(features, labels, weight=weights, base_margin=loss.initial_score(labels, weights))
    trained = xgboost.train(settings, data, TREES, obj=loss)
    margins = model.decision_function(features)
    np.testing.assert_allclose(margins, trained.predict(data, output_margin=True), atol=0.05)
    np.testing.assert_array_equal(model.predict(features, output_margin=True), margins)
    probabilities = model.predict_proba(features)
    np.testing.assert_allclose(probabilities, loss.probabilities(margins))
    assert (model.predict(features) == labels).mean() > 0.95
    record = model.evals_result()["validation_0"]["focal_loss"]
    assert record[-1] == pytest.approx(loss.mean(labels, margins, weights), abs=1e-6)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict_proba(features), probabilities)
    model.save_model(tmp_path / "model.json")
    booster = xgboost.Booster(model_file=tmp_path / "model.json")
    np.testing.assert_allclose(loss.predict_proba(booster, xgboost.DMatrix(features)), probabilities, rtol=1e-5)


def test_search_over_objectives_in_processes(service_url):
    features, labels, _ = data_of("binary")
    model = FocalLossClassifier(n_estimators=3, **ESTIMATOR)
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
    model = FocalLossClassifier(objective=FocalLoss(client=service_url), base_score=0.5)
    with pytest.raises(TypeError, match="'base_score' cannot be set here"):
        model.fit(features, labels)
    with pytest.raises(ValueError, match="expected labels 0 and 1, got 2"):
        xgboost.train(SETTINGS, xgboost.DMatrix(features, labels + 1), obj=FocalLoss(client=service_url))


def test_a_saved_model_can_be_loaded_into_a_classifier(service_url, tmp_path):
    features, labels, _ = data_of("binary")
    objective = FocalLoss(client=service_url)
    model = FocalLossClassifier(objective=objective, n_estimators=5, **ESTIMATOR).fit(features, labels)
    model.save_model(tmp_path / "model.json")
    loaded = FocalLossClassifier(objective=objective)
    loaded.load_model(tmp_path / "model.json")
    np.testing.assert_array_equal(loaded.predict_proba(features), model.predict_proba(features))
    np.testing.assert_array_equal(loaded.predict(features), model.predict(features))
