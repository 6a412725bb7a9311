"""A classifier of scikit-learn that LightGBM trains with focal loss."""

from __future__ import annotations

from typing import Any

import numpy as np
from lightgbm import LGBMClassifier
from sklearn.utils.class_weight import compute_sample_weight

from .focal_loss import FocalLoss

_METRIC_NAMES = {"metric", "metrics", "metric_types"}


class FocalLossClassifier(LGBMClassifier):
    """`LGBMClassifier` with a `FocalLoss` as `objective`.

    Boosting starts from the initial logit of the labels, probabilities are the posterior of the margins, and the
    predicted class has the largest. Labels can be strings. It takes the arguments of `LGBMClassifier`.
    """

    def fit(  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        self, X: Any, y: Any, sample_weight: Any = None, **fit_options: Any
    ) -> FocalLossClassifier:
        """Train the model.

        Args:
            X: Features, as `LGBMClassifier.fit` takes them.
            y: Labels, [rows].
            sample_weight: Weights ≥ 0, [rows].
            **fit_options: Other arguments of `LGBMClassifier.fit`. Evaluation sets have the mean loss as
                `eval_metric` by default.

        Raises:
            TypeError: `objective` is no `FocalLoss`, or there is an `init_score`, which the model has itself.
            InvalidRequestError: The options are invalid, or a loss with these options has no posterior.
            FocalLossError: As `FocalLossClient.focal_loss` raises it.
        """
        if not isinstance(self.objective, FocalLoss):
            raise TypeError(f"expected objective=FocalLoss(…), got {self.objective!r}")
        for name in ("init_score", "eval_init_score"):
            if fit_options.get(name) is not None:
                raise TypeError(f"{name!r} cannot be set here: the model starts from the initial logit of its labels")
        classes, encoded = np.unique(np.asarray(y).reshape(-1), return_inverse=True)
        columns = len(classes) if len(classes) > 2 else 1
        self.loss_ = self.objective.with_alpha_for(encoded, num_class=columns)
        self.initial_logit_ = self.loss_.initial_logit(encoded, self._weights_of(y, sample_weight), num_class=columns)
        sets = [len(np.asarray(labels)) for labels in _label_sets(fit_options)]
        if sets:
            fit_options.setdefault("eval_metric", self.loss_.metric)
            fit_options["eval_init_score"] = [self._start(rows) for rows in sets]
        super().fit(X, y, sample_weight=sample_weight, init_score=self._start(len(encoded)), **fit_options)
        return self

    def decision_function(self, X: Any, **predict_options: Any) -> np.ndarray:
        """Return margins, including the initial logit, float64 [rows] or [rows, classes].

        Args:
            X: Features.
            **predict_options: Other arguments of `LGBMClassifier.predict`, such as `num_iteration`.
        """
        return np.asarray(super().predict_proba(X, raw_score=True, **predict_options) + self.initial_logit_)

    def predict_proba(
        self,
        X: Any,
        raw_score: bool = False,
        start_iteration: int = 0,
        num_iteration: int | None = None,
        pred_leaf: bool = False,
        pred_contrib: bool = False,
        validate_features: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Return the probability of each class, float32 [rows, classes].

        The arguments are those of `LGBMClassifier.predict_proba`. Margins of `raw_score` are those of
        `decision_function`, and `pred_contrib` leaves out the initial logit.

        Raises:
            FocalLossError: As `FocalLossClient.focal_loss` raises it.
        """
        options = {
            "start_iteration": start_iteration,
            "num_iteration": num_iteration,
            "validate_features": validate_features,
            **kwargs,
        }
        if pred_leaf or pred_contrib:
            return super().predict_proba(X, pred_leaf=pred_leaf, pred_contrib=pred_contrib, **options)
        margins = self.decision_function(X, **options)
        return margins if raw_score else self.loss_.probabilities(margins)

    def predict(
        self,
        X: Any,
        raw_score: bool = False,
        start_iteration: int = 0,
        num_iteration: int | None = None,
        pred_leaf: bool = False,
        pred_contrib: bool = False,
        validate_features: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Return the class with the largest probability, [rows]. Arguments and errors are those of `predict_proba`."""
        result = self.predict_proba(
            X, raw_score, start_iteration, num_iteration, pred_leaf, pred_contrib, validate_features, **kwargs
        )
        return result if raw_score or pred_leaf or pred_contrib else np.asarray(self.classes_)[result.argmax(axis=1)]

    def _process_params(self, stage: str) -> dict[str, Any]:
        """Return the parameters of the booster, without LightGBM's default metric, which takes margins for classes.

        Its log loss of margins has no meaning, and would stop training early.
        """
        parameters: dict[str, Any] = super()._process_params(stage)
        if not _METRIC_NAMES & self.get_params().keys():
            parameters["metric"] = "None"
        return parameters

    def _weights_of(self, labels: Any, sample_weight: Any) -> Any:
        """Return the weights that LightGBM passes to the objective."""
        if self.class_weight is None:
            return sample_weight
        weights = compute_sample_weight(self.class_weight, labels)
        return weights if sample_weight is None else weights * np.asarray(sample_weight)

    def _start(self, rows: int) -> np.ndarray:
        return np.tile(self.initial_logit_, (rows, *[1] * np.ndim(self.initial_logit_)))


def _label_sets(fit_options: dict[str, Any]) -> list[Any]:
    """Return the labels of each evaluation set."""
    if fit_options.get("eval_y") is not None:
        labels = fit_options["eval_y"]
        return list(labels) if isinstance(labels, tuple) else [labels]
    sets = fit_options.get("eval_set") or []
    return [labels for _, labels in ([sets] if isinstance(sets, tuple) else sets)]
