"""Focal loss as a metric and a scorer of scikit-learn.

>>> from focal_loss_client.sklearn import focal_loss, focal_loss_scorer
>>> focal_loss(labels, model.predict_proba(features), gamma=2)
>>> cross_val_score(model, features, labels, scoring=focal_loss_scorer(gamma=2))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from .boosting_batch import Predictions, boosting_batch
from .checked_options import check_options
from .client import FocalLossClient
from .default_client import ClientOrUrl, client_for
from .mean_loss import mean_loss

try:
    from sklearn.utils import check_consistent_length, column_or_1d
except ModuleNotFoundError as error:
    raise ImportError("scikit-learn is not installed: pip install 'focal-loss-client[sklearn]'") from error

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .options import FocalLossOptions

ResponseMethod = Literal["auto", "predict_proba", "decision_function"]

_REFUSED = {
    "outputs": "a metric is the loss alone; FocalLossClient.focal_loss has all outputs",
    "gradients_dtype": "a metric has no gradients",
    "hessian_form": "a metric has no Hessian",
    "class_axis": "predictions are [rows, classes]",
    "class_names": "there is no breakdown by class; FocalLossClient.focal_loss has it",
    "ignore_index": "leave out the rows that shall not count, or give them a sample_weight of 0",
    "background_index": "each label has to be one of the classes",
}


def focal_loss(
    y_true: Any,
    y_prob: Any,
    *,
    labels: Any = None,
    sample_weight: Any = None,
    predictions: Predictions = "probabilities",
    client: ClientOrUrl = None,
    **options: Unpack[FocalLossOptions],
) -> float:
    """Return the mean focal loss of a classifier's predictions, as `sklearn.metrics.log_loss` does cross-entropy.

    Args:
        y_true: Labels, [rows], numbers or strings.
        y_prob: Probabilities of the second of two classes, [rows], or of each class, [rows, classes], as
            `predict_proba` returns them. Of two classes, sigmoid takes the second column.
        labels: The classes, in the order of the columns, such as `model.classes_`; by default those of `y_true`,
            sorted.
        sample_weight: Weights ≥ 0, [rows]; the mean is then a weighted one.
        predictions: `logits` if `y_prob` has those instead, as some `decision_function` returns them.
        client: A client, a URL, or None for the URL in the environment variable `FOCAL_LOSS_URL`, by default
            `http://127.0.0.1:8080`.
        **options: See `FocalLossOptions`. Those left out have the service's defaults, such as the activation `sigmoid`,
            to which each class is a decision of its own; `softmax` is for classes that exclude each other.

    Raises:
        TypeError: An option has no meaning here, or another name.
        ValueError: The predictions don't fit the labels, or a label is none of the classes.
        FocalLossError: As `FocalLossClient.focal_loss` raises it.
    """
    check_options(options, _REFUSED)
    y_true, predicted = column_or_1d(y_true), np.asarray(y_prob)
    check_consistent_length(y_true, predicted, sample_weight)
    classes = np.unique(y_true) if labels is None else np.asarray(labels)
    predicted = _columns(predicted, classes, options.get("activation") == "softmax")
    batch = boosting_batch(_indices(y_true, classes), predicted, sample_weight, options, predictions)
    return mean_loss(client_for(client), batch, options)


def focal_loss_scorer(
    *, response_method: ResponseMethod = "auto", client: ClientOrUrl = None, **options: Unpack[FocalLossOptions]
) -> FocalLossScorer:
    """Return a scorer for `scoring` of `cross_val_score`, `GridSearchCV` and others: the negative mean focal loss.

    Args:
        response_method: What the loss is of: the probabilities of `predict_proba`, or the values of
            `decision_function` as logits. `auto`: the first of them that the model has. Probabilities of
            `FocalLossClassifier` are a posterior; the loss that it was trained with is that of its
            `decision_function`.
        client: As in `focal_loss`. For `n_jobs` it has to be a URL or None, as an open client cannot be pickled.
        **options: As in `focal_loss`.

    Raises:
        TypeError: An option has no meaning here, or another name.
        ValueError: There is no such `response_method`.
    """
    return FocalLossScorer(response_method, client, options)


class FocalLossScorer:
    """A callable `(estimator, X, y)` that returns the negative mean focal loss. See `focal_loss_scorer`."""

    def __init__(self, response_method: ResponseMethod, client: ClientOrUrl, options: FocalLossOptions) -> None:
        """Create it, as `focal_loss_scorer` does."""
        check_options(options, _REFUSED)
        if response_method not in ("auto", "predict_proba", "decision_function"):
            raise ValueError(f"expected auto, predict_proba or decision_function, got {response_method!r}")
        self.response_method = response_method
        self.client = client
        self.options = options

    def __call__(self, estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the negative mean focal loss.

        Args:
            estimator: A classifier that was fitted.
            X: Features.
            y: Labels, [rows], each of them one of `estimator.classes_`.
            sample_weight: Weights ≥ 0, [rows].

        Raises:
            TypeError: The estimator has neither method, or is no classifier.
            ValueError: The predictions don't fit, or a label is none of the classes.
            FocalLossError: As `FocalLossClient.focal_loss` raises it.
        """
        method = self.response_method
        if method == "auto":
            method = "predict_proba" if hasattr(estimator, "predict_proba") else "decision_function"
        if not hasattr(estimator, method) or not hasattr(estimator, "classes_"):
            raise TypeError(f"expected a fitted classifier with {method}, got {estimator!r}")
        predicted = np.asarray(getattr(estimator, method)(X))
        if method == "predict_proba" and not ((predicted >= 0) & (predicted <= 1)).all():
            raise ValueError(
                "predict_proba returned no probabilities, as that of LGBMClassifier with an objective of one's own: "
                "use FocalLossClassifier of focal_loss_client.lightgbm"
            )
        return -focal_loss(
            y,
            predicted,
            labels=estimator.classes_,
            sample_weight=sample_weight,
            predictions="probabilities" if method == "predict_proba" else "logits",
            client=self.client,
            **self.options,
        )

    def __repr__(self) -> str:
        arguments = [f"{name}={value!r}" for name, value in self.options.items()]
        return f"focal_loss_scorer({', '.join(arguments)})"

    def __deepcopy__(self, _: object) -> FocalLossScorer:
        return self

    def __getstate__(self) -> dict[str, Any]:
        if isinstance(self.client, FocalLossClient):
            raise TypeError("an open client cannot be pickled: give its URL as `client`, or set FOCAL_LOSS_URL")
        return self.__dict__


def _columns(predicted: np.ndarray, classes: np.ndarray, is_softmax: bool) -> np.ndarray:
    """Check that predictions have a column for each class, and return them as the service takes them."""
    columns = 2 if predicted.ndim == 1 or predicted.shape[1] == 1 else predicted.shape[1]
    if predicted.ndim > 2 or columns != len(classes):
        raise ValueError(
            f"expected predictions for {len(classes)} classes, got those for {columns} in the shape {predicted.shape}: "
            "give all classes as `labels`, in the order of the columns"
        )
    is_pair = predicted.ndim == 2 and predicted.shape[1] == 2
    return predicted[:, 1] if is_pair and not is_softmax else predicted


def _indices(labels: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """Return the index of each label in the classes, int64 [rows]."""
    order = np.argsort(classes)
    places = np.searchsorted(classes, labels, sorter=order).clip(max=len(classes) - 1)
    indices = order[places]
    unknown = labels[classes[indices] != labels]
    if unknown.size > 0:
        raise ValueError(f"expected labels of {classes.tolist()}, got {unknown[0]!r}")
    return np.asarray(indices, np.int64)
