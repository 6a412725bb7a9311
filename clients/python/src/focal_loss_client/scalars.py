"""The numbers of a result by name, as experiment trackers want them."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .focal_loss_result import FocalLossResult

# MLflow accepts these in a name, and `/` between the parts of one, which TensorBoard, W&B and MLflow show as groups.
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_. :-]")
# Of a class; MLflow accepts 250 characters in a whole name.
_MAX_NAME_LENGTH = 150


def flat_scalars(result: FocalLossResult, prefix: str, per_class: Collection[str] | None) -> dict[str, float]:
    """Return what `FocalLossResult.scalars` does."""
    return {prefix + name: value for name, value in _scalars(result, per_class) if not math.isnan(value)}


def _scalars(result: FocalLossResult, selected: Collection[str] | None) -> Iterator[tuple[str, float]]:
    for name in ("loss", "sum", "denominator"):
        value = getattr(result, name)
        if value is not None:
            yield name, float(value)
    for field in fields(result.counts):
        yield f"counts/{field.name}", float(getattr(result.counts, field.name))
    for name, value in (result.calibration or {}).items():
        if isinstance(value, float):
            yield f"calibration/{name}", value
    classes = _class_labels(result.class_names, result.counts.classes)
    arrays = {f"per_class/{name}": array for name, array in (result.per_class or {}).items()}
    if result.alpha is not None:
        arrays["alpha"] = result.alpha
    for name, array in arrays.items():
        if selected is None or name == "alpha" or name.partition("/")[2] in selected:
            for label, value in zip(classes, array.tolist(), strict=True):
                yield f"{name}/{label}", float(value)


def _class_labels(names: Sequence[str] | None, classes: int) -> list[str]:
    """Return a part of a name for each class: its name, as far as that is safe and unique, or its index."""
    labels: dict[str, None] = {}
    for index in range(classes):
        label = _NOT_IN_NAMES.sub("_", names[index])[:_MAX_NAME_LENGTH].strip(" .") if names else ""
        label = label or str(index)
        while label in labels:
            label += f".{index}"
        labels[label] = None
    return list(labels)
