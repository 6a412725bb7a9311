"""Focal loss as objective and metric of XGBoost."""

from __future__ import annotations

from typing import Any

import numpy as np
import xgboost

from focal_loss_client.boosted_focal_loss import BoostedFocalLoss
from focal_loss_client.boosting_batch import Predictions


class FocalLoss(BoostedFocalLoss):
    """Objective of `xgboost.train` (`obj`) and of XGBoost's scikit-learn estimators, binary and with `num_class`.

    XGBoost 2.1 or later. The weights of its rows count. `initial_logit` is the `base_score` of `xgboost.train`, of
    several classes from XGBoost 3.1 on. To `XGBClassifier` a `base_score` is a probability, and its own probabilities
    are not the posterior; `FocalLossClassifier` sees to both.
    """

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> tuple[np.ndarray, np.ndarray]:
        """Return gradients and Hessian, float32 in the shape of the margins.

        Args:
            y_true: Labels, [rows]. In a call of `xgboost.train` the margins.
            y_pred: Margins, [rows] or [rows, classes]. In a call of `xgboost.train` the `DMatrix`.
            sample_weight: [rows], or None.

        Raises:
            ValueError: The labels don't fit the margins.
            FocalLossError: As `FocalLossClient.focal_loss` raises it.
        """
        return self.derivatives(*_in_order(y_true, y_pred, sample_weight))

    @property
    def metric(self) -> FocalLossMetric:
        """The mean loss, for `custom_metric` and `eval_metric` of a model that is trained with this objective."""
        return FocalLossMetric(self, "logits")

    @property
    def probability_metric(self) -> FocalLossMetric:
        """The mean loss, for a model of one of XGBoost's own objectives, which gives probabilities to metrics."""
        return FocalLossMetric(self, "probabilities")

    def predict_proba(self, model: Any, features: Any, **predict_options: Any) -> np.ndarray:
        """Return probabilities by the posterior, float32 [rows, 2] or [rows, classes].

        Args:
            model: A `xgboost.Booster` or an estimator that was trained with this objective.
            features: What its `predict` takes: a `DMatrix`, or an array. If training had a `base_margin`, it has to be
                in the `DMatrix`, or in `predict_options`.
            **predict_options: Other arguments of its `predict`, such as `iteration_range`.

        Raises:
            ValueError: As `probabilities` raises it.
            FocalLossError: As `probabilities` raises it.
        """
        return self.probabilities(model.predict(features, output_margin=True, **predict_options))


class FocalLossMetric:
    """The mean focal loss as a metric of XGBoost, named `focal_loss`; lower is better.

    XGBoost rounds it to six decimals, also for early stopping.
    """

    __name__ = "focal_loss"

    def __init__(self, loss: FocalLoss, predictions: Predictions) -> None:
        """Create the metric of a loss.

        Args:
            loss: The loss.
            predictions: What XGBoost passes: `logits` for an objective of one's own, else `probabilities`.
        """
        self.loss = loss
        self.predictions: Predictions = predictions

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Return the mean loss; in a call of `xgboost.train` with its name, `("focal_loss", mean loss)`.

        Arguments and errors are those of `FocalLoss`.
        """
        labels, predicted, weights = _in_order(y_true, y_pred, sample_weight)
        mean = self.loss.mean(labels, predicted, weights, self.predictions)
        return (self.__name__, mean) if isinstance(y_pred, xgboost.DMatrix) else mean


def _in_order(y_true: Any, y_pred: Any, sample_weight: Any) -> tuple[Any, Any, Any]:
    """Return labels, predictions and weights. `xgboost.train` passes predictions first, and then a `DMatrix`."""
    if isinstance(y_pred, xgboost.DMatrix):
        return y_pred.get_label(), y_true, y_pred.get_weight()
    return y_true, y_pred, sample_weight
