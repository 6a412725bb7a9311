"""Focal loss as objective and metric of LightGBM."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np

from focal_loss_client.boosted_focal_loss import BoostedFocalLoss
from focal_loss_client.boosting_batch import Predictions


class FocalLoss(BoostedFocalLoss):
    """Objective of `lightgbm.train` and of LightGBM's scikit-learn estimators, binary and with `num_class`.

    LightGBM 4 or later. Its weights of rows count. `LGBMClassifier` does not turn margins of an objective of one's own
    into probabilities or classes; `FocalLossClassifier` does.
    """

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> tuple[np.ndarray, np.ndarray]:
        """Return gradients and Hessian, float32 in the shape of the margins.

        Args:
            y_true: Labels, [rows]. In a call of `lightgbm.train` the margins.
            y_pred: Margins, [rows] or [rows, classes]. In a call of `lightgbm.train` the data set.
            sample_weight: [rows], or None.

        Raises:
            ValueError: The labels don't fit the margins.
            FocalLossError: As `FocalLossClient.focal_loss` raises it.
        """
        return self.derivatives(*_in_order(y_true, y_pred, sample_weight))

    @property
    def metric(self) -> FocalLossMetric:
        """The mean loss, for `feval` and `eval_metric` of a model that is trained with this objective."""
        return FocalLossMetric(self, "logits")

    @property
    def probability_metric(self) -> FocalLossMetric:
        """The mean loss, for a model of one of LightGBM's own objectives, which gives probabilities to metrics."""
        return FocalLossMetric(self, "probabilities")

    def predict_proba(self, model: Any, features: Any, initial_logit: Any = 0.0, **predict_options: Any) -> np.ndarray:
        """Return probabilities by the posterior, float32 [rows, 2] or [rows, classes].

        Args:
            model: A `lightgbm.Booster` or an estimator that was trained with this objective.
            features: What its `predict` takes.
            initial_logit: The `init_score` of a row in training, a number or [classes], which predictions leave out.
            **predict_options: Other arguments of its `predict`, such as `num_iteration`.

        Raises:
            ValueError: As `probabilities` raises it.
            FocalLossError: As `probabilities` raises it.
        """
        margins = np.asarray(model.predict(features, raw_score=True, **predict_options))
        return self.probabilities(margins + initial_logit)


class FocalLossMetric:
    """The mean focal loss as a metric of LightGBM, named `focal_loss`; lower is better."""

    __name__ = "focal_loss"

    def __init__(self, loss: FocalLoss, predictions: Predictions) -> None:
        """Create the metric of a loss.

        Args:
            loss: The loss.
            predictions: What LightGBM passes: `logits` for an objective of one's own, else `probabilities`.
        """
        self.loss = loss
        self.predictions: Predictions = predictions

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> tuple[str, float, bool]:
        """Return `("focal_loss", mean loss, False)`. Arguments and errors are those of `FocalLoss`."""
        labels, predicted, weights = _in_order(y_true, y_pred, sample_weight)
        return self.__name__, self.loss.mean(labels, predicted, weights, self.predictions), False


def _in_order(y_true: Any, y_pred: Any, sample_weight: Any) -> tuple[Any, Any, Any]:
    """Return labels, predictions and weights. `lightgbm.train` passes predictions first, and then a data set."""
    if isinstance(y_pred, lightgbm.Dataset):
        return y_pred.get_label(), y_true, y_pred.get_weight()
    return y_true, y_pred, sample_weight
