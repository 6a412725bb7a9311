"""Focal loss as objective, metric and classifier of LightGBM 4 or later.

With `lightgbm.train`:

    from focal_loss_client.lightgbm import FocalLoss

    loss = FocalLoss(gamma=2)
    data = lightgbm.Dataset(features, labels, init_score=loss.initial_score(labels))
    model = lightgbm.train({"objective": loss}, data)
    probabilities = loss.predict_proba(model, features, loss.initial_logit(labels))

As an estimator of scikit-learn, which does all of that:

    from focal_loss_client.lightgbm import FocalLoss, FocalLossClassifier

    model = FocalLossClassifier(objective=FocalLoss(gamma=2)).fit(features, labels)
    probabilities = model.predict_proba(features)
"""

from typing import Any

try:
    import lightgbm as _lightgbm  # noqa: F401
except ModuleNotFoundError as error:
    raise ImportError("LightGBM is not installed: pip install 'focal-loss-client[lightgbm]'") from error

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
