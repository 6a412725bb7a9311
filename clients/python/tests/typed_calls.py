"""What type checkers know of calls and results. They read this file (test_types.py); nothing runs it."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from typing_extensions import Unpack, assert_type

from focal_loss_client import (
    AsyncFocalLossClient,
    DefaultResult,
    ElementwiseAndGradientsResult,
    ElementwiseResult,
    FocalLossClient,
    FocalLossOptions,
    FocalLossResult,
    GradientsAndHessianResult,
    GradientsResult,
    LossAndGradientsResult,
    LossResult,
    PosteriorResult,
    SweepResult,
    UnreducedResult,
)

LOGITS = np.zeros((2, 3), np.float32)
LABELS = np.zeros(2, np.int64)


def results(client: FocalLossClient) -> None:
    assert_type(client.focal_loss(LOGITS, LABELS), DefaultResult)
    assert_type(client.focal_loss(LOGITS, LABELS, reduction="sum", gamma=1, alpha={"balanced": True}), DefaultResult)
    assert_type(client.focal_loss(LOGITS, LABELS, reduction="none"), UnreducedResult)
    assert_type(client.focal_loss(LOGITS, LABELS, outputs=["loss"]), LossResult)
    assert_type(client.focal_loss(LOGITS, LABELS, outputs=("gradients",)), GradientsResult)
    assert_type(client.focal_loss(LOGITS, LABELS, outputs=["loss", "gradients"]), LossAndGradientsResult)
    assert_type(client.focal_loss(LOGITS, LABELS, outputs=["gradients", "loss"]), LossAndGradientsResult)
    assert_type(client.focal_loss(LOGITS, LABELS, outputs=["gradients", "hessian"]), GradientsAndHessianResult)
    assert_type(client.focal_loss(LOGITS, LABELS, outputs=["elementwise"], reduction="none"), ElementwiseResult)
    assert_type(client.focal_loss(LOGITS, LABELS, outputs=["elementwise", "gradients"]), ElementwiseAndGradientsResult)
    assert_type(client.focal_loss(LOGITS, LABELS, outputs=["posterior"]), PosteriorResult)
    assert_type(client.focal_loss(LOGITS, LABELS, outputs=["loss", "per_class"]), FocalLossResult)
    assert_type(client.focal_loss(LOGITS, LABELS, outputs=["loss"], reduction="none"), FocalLossResult)
    assert_type(client.sweep(LOGITS, LABELS, [0, 2], [None, 0.25]), SweepResult)


def fields(client: FocalLossClient) -> float:
    default = client.focal_loss(probabilities=[0.5], labels=[1])
    assert_type(default.loss, float)
    assert_type(client.focal_loss(LOGITS, LABELS, outputs=["loss"]).loss, float)
    unreduced = client.focal_loss(LOGITS, LABELS, reduction="none")
    assert_type(unreduced.loss, None)
    assert_type(unreduced.sum, float)
    assert_type(client.focal_loss(LOGITS, LABELS, outputs=["gradients"]).loss, float | None)
    both = client.focal_loss(LOGITS, LABELS, outputs=["loss", "gradients"])
    print(both.gradients.shape, default.gradients.shape, default.per_class["loss.share"].sum())
    hessian = client.focal_loss(LOGITS, LABELS, outputs=["gradients", "hessian"])
    elementwise = client.focal_loss(LOGITS, LABELS, outputs=["elementwise", "gradients"])
    print(hessian.gradients.shape, hessian.hessian_diagonal.min(), elementwise.gradients.shape, elementwise.elementwise)
    assert_type(default.scalars("train/"), dict[str, float])
    return both.loss + default.loss


def any_reduction(client: FocalLossClient, reduction: Literal["mean", "sum", "none"]) -> FocalLossResult:
    return client.focal_loss(LOGITS, LABELS, reduction=reduction)


def with_options(client: FocalLossClient, **options: Unpack[FocalLossOptions]) -> FocalLossResult:
    return client.focal_loss(LOGITS, LABELS, **options)


def with_any_options(client: FocalLossClient, options: dict[str, Any]) -> FocalLossResult:
    result: FocalLossResult = client.focal_loss(LOGITS, LABELS, **options)
    return result


async def in_coroutines(client: AsyncFocalLossClient) -> float:
    assert_type(await client.focal_loss(LOGITS, LABELS, outputs=["loss"], reduction="none"), FocalLossResult)
    assert_type(await client.focal_loss(LOGITS, LABELS, outputs=["gradients", "hessian"]), GradientsAndHessianResult)
    assert_type(await client.sweep(LOGITS, LABELS, [0, 2]), SweepResult)
    return (await client.focal_loss(LOGITS, LABELS)).loss


def mistakes(client: FocalLossClient) -> None:
    client.focal_loss(LOGITS, LABELS, targets=LABELS)  # type: ignore[call-overload]
    client.focal_loss(LOGITS, LABELS, outputs=["los"])  # type: ignore[list-item]
    client.focal_loss(LOGITS, LABELS, reduction="average")  # type: ignore[call-overload]
    client.focal_loss(LOGITS, LABELS, gamma="two")  # type: ignore[arg-type]
