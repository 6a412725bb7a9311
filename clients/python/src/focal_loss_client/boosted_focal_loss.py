"""Focal loss as boosting libraries want it: what the adapters of LightGBM and XGBoost share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .boosting_batch import Predictions, boosting_batch, zero_margins
from .checked_options import check_options
from .client import FocalLossClient
from .default_client import ClientOrUrl, client_for
from .errors import UnexpectedResponseError
from .evaluate import evaluate
from .initial_logit import initial_logit
from .mean_loss import mean_loss

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from .options import FocalLossOptions

_REFUSED = {
    "outputs": "each method requests what it needs; FocalLossClient.focal_loss has all outputs",
    "reduction": "boosting takes the derivatives of each row, those of the sum; the metric is the mean",
    "gradients_dtype": "boosting takes derivatives of float32",
    "class_axis": "margins are [rows, classes]",
    "class_names": "there is no breakdown by class; FocalLossClient.focal_loss has it",
}


class BoostedFocalLoss:
    """Gradients, Hessian, mean loss, initial logit and probabilities of margins.

    Margins are float arrays [rows], of a binary model, or [rows, classes]. Objects can be pickled unless they hold an
    open client, and copies of an object are the object itself.
    """

    def __init__(
        self, *, client: ClientOrUrl = None, min_hessian: float = 1e-6, **options: Unpack[FocalLossOptions]
    ) -> None:
        """Create the loss, without connecting.

        Args:
            client: A client; or a URL, with which the object can be pickled; or None for the URL in the environment
                variable `FOCAL_LOSS_URL`, by default `http://127.0.0.1:8080`.
            min_hessian: What smaller values of the Hessian become: a leaf divides by a sum of them.
            **options: See `FocalLossOptions`. Those left out have the service's defaults, except for `hessian_form`,
                which is `detached`, never negative, unless there is a `margin` or `poly_epsilon`.

        Raises:
            TypeError: An option has no meaning here, or another name.
            ValueError: `min_hessian` is not positive.
        """
        check_options(options, _REFUSED)
        if not min_hessian > 0:
            raise ValueError(f"expected a min_hessian above 0, got {min_hessian}")
        if not (options.get("margin") or options.get("poly_epsilon")):
            options = {"hessian_form": "detached", **options}
        self.client = client
        self.min_hessian = min_hessian
        self.options: FocalLossOptions = options
        self.negative_hessians = 0
        """How many values of the Hessian were negative, and became `min_hessian`, since the object was created."""

    def derivatives(self, labels: Any, margins: Any, sample_weights: Any = None) -> tuple[np.ndarray, np.ndarray]:
        """Return the gradients and the Hessian diagonal of the sum of the loss, float32 in the shape of the margins.

        Args:
            labels: Class indices, [rows]; of a binary model 0 and 1; or dense labels in [0, 1], as many as margins.
            margins: [rows] or [rows, classes].
            sample_weights: Weights ≥ 0, [rows].

        Raises:
            ValueError: The labels don't fit the margins.
            FocalLossError: As `FocalLossClient.focal_loss` raises it.
        """
        result = evaluate(
            client_for(self.client),
            boosting_batch(labels, margins, sample_weights, self.options),
            self.options,
            reduction="sum",
            outputs=["gradients", "hessian"],
        )
        hessian = _present(result.hessian_diagonal)
        self.negative_hessians += int((hessian < 0).sum())
        shape = np.shape(margins)
        return _present(result.gradients).reshape(shape), np.maximum(hessian, self.min_hessian).reshape(shape)

    def mean(
        self, labels: Any, predicted: Any, sample_weights: Any = None, predictions: Predictions = "logits"
    ) -> float:
        """Return the mean loss, a weighted one if there are weights.

        Args:
            labels: As in `derivatives`.
            predicted: Margins or probabilities, [rows] or [rows, classes].
            sample_weights: As in `derivatives`.
            predictions: What `predicted` has.

        Raises:
            ValueError: As in `derivatives`.
            FocalLossError: As in `derivatives`.
        """
        batch = boosting_batch(labels, predicted, sample_weights, self.options, predictions)
        return mean_loss(client_for(self.client), batch, self.options)

    def initial_logit(self, labels: Any, sample_weights: Any = None, *, num_class: int | None = None) -> Any:
        """Return the best constant margin: a float for a binary model, else float64 [classes].

        Its posterior is the part of the labels that is positive, or with weights that of the weights.

        Args:
            labels: Of the training data, as in `derivatives`.
            sample_weights: As in `derivatives`.
            num_class: The number of margins in a row; by default one more than the largest label, or 1 where that is 1.

        Raises:
            ValueError: A class has no labels.
            InvalidRequestError: A loss with these options has no posterior.
            FocalLossError: As in `derivatives`.
        """
        margins = zero_margins(labels, num_class, self.options)
        batch = boosting_batch(labels, margins, sample_weights, self.options)
        logits = initial_logit(client_for(self.client), batch, self.options)
        return logits if margins.ndim == 2 else float(logits[0])

    def initial_score(
        self, labels: Any, sample_weights: Any = None, *, num_class: int | None = None, rows: int | None = None
    ) -> np.ndarray:
        """Return the initial logit for each row, float64 [rows] or [rows, classes].

        Args:
            labels: Of the training data, as in `initial_logit`.
            sample_weights: As in `initial_logit`.
            num_class: As in `initial_logit`.
            rows: The number of rows, such as that of held-out data; by default that of the labels.

        Raises:
            ValueError: As in `initial_logit`.
            FocalLossError: As in `initial_logit`.
        """
        start = np.asarray(self.initial_logit(labels, sample_weights, num_class=num_class))
        return np.tile(start, (len(labels) if rows is None else rows, *[1] * start.ndim))

    def probabilities(self, margins: Any) -> np.ndarray:
        """Return the posterior of margins, float32 [rows, 2] or [rows, classes].

        Under softmax each row adds up to 1. With one sigmoid per class it need not.

        Args:
            margins: [rows] or [rows, classes], including the initial score.

        Raises:
            ValueError: `alpha` depends on the labels (see `with_alpha_for`), or margins don't fit the activation.
            InvalidRequestError: A loss with these options has no posterior.
            FocalLossError: As in `derivatives`.
        """
        if _is_counted_alpha(self.options.get("alpha")):
            raise ValueError("alpha depends on the labels of the training data: call with_alpha_for(labels) first")
        margins = np.asarray(margins)
        result = evaluate(
            client_for(self.client),
            boosting_batch(np.zeros(len(margins), np.int64), margins, None, self.options),
            self.options,
            outputs=["posterior"],
            warnings=False,
        )
        posterior = _present(result.posterior)
        return np.stack([1 - posterior, posterior], axis=1) if posterior.ndim == 1 else posterior

    def with_alpha_for(self, labels: Any, *, num_class: int | None = None) -> Self:
        """Return the loss with the numbers of `alpha` that a scheme such as `{"balanced": True}` yields for labels.

        A scheme counts the labels of each call, so that a metric would have another alpha than the objective.

        Args:
            labels: Of the training data, as in `initial_logit`.
            num_class: As in `initial_logit`.

        Raises:
            ValueError: As in `derivatives`.
            FocalLossError: As in `derivatives`.
        """
        margins = zero_margins(labels, num_class, self.options)
        result = evaluate(
            client_for(self.client),
            boosting_batch(labels, margins, None, self.options),
            self.options,
            outputs=["loss"],
            warnings=False,
        )
        if result.alpha is None:
            return self
        options: FocalLossOptions = {**self.options, "alpha": result.alpha}
        if self.options.get("activation") == "softmax":  # Its alphas can be above 1, which only class weights may be.
            class_weights = result.alpha * np.asarray(self.options.get("class_weights", 1.0))
            options = {**options, "alpha": "off", "class_weights": class_weights}
        return type(self)(client=self.client, min_hessian=self.min_hessian, **options)

    def __repr__(self) -> str:
        arguments = [f"{name}={value!r}" for name, value in self.options.items()]
        return f"{type(self).__name__}({', '.join(arguments)})"

    def __deepcopy__(self, _: object) -> Self:
        return self

    def __getstate__(self) -> dict[str, Any]:
        if isinstance(self.client, FocalLossClient):
            raise TypeError("an open client cannot be pickled: give its URL as `client`, or set FOCAL_LOSS_URL")
        return self.__dict__


def _present(output: np.ndarray | None) -> np.ndarray:
    if output is None:
        raise UnexpectedResponseError("the response lacks an output that was requested")
    return output


def _is_counted_alpha(alpha: Any) -> bool:
    """Whether an alpha depends on the labels of the batch."""
    if not isinstance(alpha, Mapping):
        return False
    return "class_counts" not in alpha.get("effective_number", {})
