"""Focal loss as objective, metric and classifier of XGBoost 2.1 or later.

With `xgboost.train`:

    from focal_loss_client.xgboost import FocalLoss

    loss = FocalLoss(gamma=2)
    settings = {"base_score": loss.initial_logit(labels), "disable_default_eval_metric": True}
    model = xgboost.train(settings, data, obj=loss, evals=[(held_out, "held_out")], custom_metric=loss.metric)
    probabilities = loss.predict_proba(model, held_out)

As an estimator of scikit-learn, which does all of that:

    from focal_loss_client.xgboost import FocalLoss, FocalLossClassifier

    model = FocalLossClassifier(objective=FocalLoss(gamma=2)).fit(features, labels)
    probabilities = model.predict_proba(features)
"""

from typing import Any

try:
    import xgboost as _xgboost  # noqa: F401
except ModuleNotFoundError as error:
    raise ImportError("XGBoost is not installed: pip install 'focal-loss-client[xgboost]'") from error

from .focal_loss import FocalLoss, FocalLossMetric

try:
    import sklearn as _sklearn  # noqa: F401
except ModuleNotFoundError:

    def __getattr__(name: str) -> Any:
        if name == "FocalLossClassifier":
            raise ImportError("FocalLossClassifier requires scikit-learn: pip install 'focal-loss-client[sklearn]'")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

else:
    from .classifier import FocalLossClassifier

__all__ = ["FocalLoss", "FocalLossClassifier", "FocalLossMetric"]
