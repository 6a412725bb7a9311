"""The loss as a module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from focal_loss_client.default_client import ClientOrUrl
from focal_loss_client.torch.divisor import Denominator
from focal_loss_client.torch.functional import focal_loss
from focal_loss_client.torch.loss_options import LossOptions, check_loss_options

if TYPE_CHECKING:
    from typing_extensions import Unpack


class FocalLoss(torch.nn.Module):
    """Focal loss, computed by the service: `FocalLoss(gamma=2)(logits, labels)`.

    With `gamma=0` and `activation="softmax"` it equals `torch.nn.CrossEntropyLoss` of the same arguments; with
    `gamma=0` and `alpha=None` `torch.nn.BCEWithLogitsLoss`.

    Attributes:
        weight: A buffer, as in PyTorch's losses.
        reduction: `mean`, `sum` or `none`.
        ignore_index: Labels of this value contribute nothing.
        label_smoothing: In [0, 1).
        denominator: As in `focal_loss`.
        options: All other options, by name. They may be changed between steps, for example `options["gamma"]`.
    """

    weight: Tensor | None
    denominator: Denominator
    reduction: Literal["mean", "sum", "none"]
    ignore_index: int
    label_smoothing: float
    options: LossOptions

    def __init__(
        self,
        *,
        weight: Tensor | None = None,
        denominator: Denominator = None,
        client: ClientOrUrl = None,
        **options: Unpack[LossOptions],
    ) -> None:
        """Create a loss, which connects on its first call.

        Args:
            weight: As in `focal_loss`.
            denominator: As in `focal_loss`.
            client: As in `focal_loss`. A module that is copied or pickled needs a URL, or None.
            **options: See `LossOptions`.

        Raises:
            TypeError: An option is unknown, cannot be set here, or is given by two names.
            ValueError: There is no such reduction.
        """
        super().__init__()
        check_loss_options(options, weight, denominator)
        self.register_buffer("weight", weight if weight is None else torch.as_tensor(weight))
        self.denominator = denominator
        self.reduction = options.pop("reduction", "mean")
        self.ignore_index = options.pop("ignore_index", -100)
        self.label_smoothing = options.pop("label_smoothing", 0.0)
        self.options = options
        self._client = client

    def forward(
        self,
        logits: Tensor,
        labels: Tensor,
        *,
        sample_weights: Tensor | None = None,
        element_weights: Tensor | None = None,
        denominator: Denominator = None,
    ) -> Tensor:
        """Return the loss of one batch; see `focal_loss`.

        Args:
            logits: As in `focal_loss`.
            labels: As in `focal_loss`.
            sample_weights: As in `focal_loss`.
            element_weights: As in `focal_loss`.
            denominator: That of this batch, instead of the one of the module.
        """
        options: LossOptions = {
            **self.options,
            "reduction": self.reduction,
            "ignore_index": self.ignore_index,
            "label_smoothing": self.label_smoothing,
        }
        return focal_loss(
            logits,
            labels,
            sample_weights=sample_weights,
            element_weights=element_weights,
            weight=self.weight,
            denominator=self.denominator if denominator is None else denominator,
            client=self._client,
            **options,
        )

    def extra_repr(self) -> str:
        """Return the options that differ from the defaults."""
        shown = {**self.options, "reduction": self.reduction}
        return ", ".join(f"{name}={value!r}" for name, value in shown.items())
