"""A classifier of scikit-learn that XGBoost trains with focal loss."""

from __future__ import annotations

from typing import Any

import numpy as np
import xgboost
from xgboost import XGBClassifier

from .focal_loss import FocalLoss


class FocalLossClassifier(XGBClassifier):
    """`XGBClassifier` with a `FocalLoss` as `objective`.

    Boosting starts from the initial logit of the labels, probabilities are the posterior of the margins, and the
    predicted class has the largest. It takes the arguments of `XGBClassifier`, and like it labels from 0 to
    classes - 1. More than two classes need XGBoost 3.1.
    """

    def fit(self, X: Any, y: Any, *, sample_weight: Any = None, **fit_options: Any) -> FocalLossClassifier:
        """Train the model.

        Args:
            X: Features, as `XGBClassifier.fit` takes them.
            y: Labels from 0 to classes - 1, [rows].
            sample_weight: Weights ≥ 0, [rows].
            **fit_options: Other arguments of `XGBClassifier.fit`.

        Raises:
            TypeError: `objective` is no `FocalLoss`, or there is a `base_score` or `base_margin`.
            ValueError: The labels are others.
            NotImplementedError: There are more than two classes, and XGBoost is older than 3.1.
            InvalidRequestError: The options are invalid, or a loss with these options has no posterior.
            FocalLossError: As `FocalLossClient.focal_loss` raises it.
        """
        if not isinstance(self.objective, FocalLoss):
            raise TypeError(f"expected objective=FocalLoss(…), got {self.objective!r}")
        starts = {"base_score": self.base_score, **fit_options}
        for name in ("base_score", "base_margin", "base_margin_eval_set"):
            if starts.get(name) is not None:
                raise TypeError(f"{name!r} cannot be set here: the model starts from the initial logit of its labels")
        self.loss_ = self.objective.with_alpha_for(y)
        self.initial_logit_ = self.loss_.initial_logit(y, sample_weight)
        if np.ndim(self.initial_logit_) > 0 and _version() < (3, 1):
            raise NotImplementedError(
                f"XGBoost {xgboost.__version__} cannot start from a logit for each class: update it to 3.1, or train "
                "by xgboost.train with base_margin=loss.initial_score(labels)"
            )
        super().fit(X, y, sample_weight=sample_weight, **fit_options)
        return self

    def get_xgb_params(self) -> dict[str, Any]:
        """Return the parameters of the booster, among them where it starts and what it evaluates."""
        parameters: dict[str, Any] = super().get_xgb_params()
        if hasattr(self, "initial_logit_"):
            start = np.asarray(self.initial_logit_)
            # XGBoost takes the objective for a logistic one, whose score is a probability.
            parameters["base_score"] = float(1 / (1 + np.exp(-start))) if start.ndim == 0 else start.tolist()
        return parameters

    def load_model(self, fname: Any) -> None:
        """Load a model that `save_model` has written; the loss is the `objective` that this estimator has.

        Args:
            fname: As `XGBClassifier.load_model` takes it.
        """
        objective = self.objective
        super().load_model(fname)
        self.objective = objective  # XGBoost has put the name of one of its own in its place.

    def decision_function(self, X: Any, **predict_options: Any) -> np.ndarray:
        """Return margins, float32 [rows] or [rows, classes].

        Args:
            X: Features.
            **predict_options: Other arguments of `XGBClassifier.predict`, such as `iteration_range`.
        """
        return np.asarray(super().predict(X, **{**predict_options, "output_margin": True}))

    def predict_proba(
        self, X: Any, validate_features: bool = True, base_margin: Any = None, iteration_range: Any = None
    ) -> np.ndarray:
        """Return the probability of each class, float32 [rows, classes].

        The arguments are those of `XGBClassifier.predict_proba`. A `base_margin` replaces the initial logit.

        Raises:
            FocalLossError: As `FocalLossClient.focal_loss` raises it.
        """
        margins = self.decision_function(
            X, validate_features=validate_features, base_margin=base_margin, iteration_range=iteration_range
        )
        # After `load_model` there is only the objective that the estimator was created with.
        loss: Any = getattr(self, "loss_", self.objective)
        probabilities: np.ndarray = loss.probabilities(margins)
        return probabilities

    def predict(
        self,
        X: Any,
        *,
        output_margin: bool = False,
        validate_features: bool = True,
        base_margin: Any = None,
        iteration_range: Any = None,
    ) -> np.ndarray:
        """Return the class with the largest probability, [rows], or margins. The rest is that of `predict_proba`."""
        if output_margin:
            return self.decision_function(
                X, validate_features=validate_features, base_margin=base_margin, iteration_range=iteration_range
            )
        return np.asarray(self.predict_proba(X, validate_features, base_margin, iteration_range).argmax(axis=1))


def _version() -> tuple[int, int]:
    major, minor = xgboost.__version__.split(".")[:2]
    return int(major), int(minor)
