"""The loss as a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.autograd import forward_ad

from focal_loss_client.default_client import ClientOrUrl, client_for
from focal_loss_client.torch.divisor import Denominator, divisor, failing_together
from focal_loss_client.torch.known_gradients import KnownGradients, attach_gradients
from focal_loss_client.torch.loss_options import LossOptions, check_loss_options, request_options
from focal_loss_client.torch.transfer import gradients_to, losses_to, to_host

if TYPE_CHECKING:
    from typing_extensions import Unpack


def focal_loss(
    logits: Tensor,
    labels: Tensor,
    *,
    sample_weights: Tensor | None = None,
    element_weights: Tensor | None = None,
    weight: Tensor | None = None,
    denominator: Denominator = None,
    client: ClientOrUrl = None,
    **options: Unpack[LossOptions],
) -> Tensor:
    """Focal loss of one batch, differentiable once with respect to the logits.

    Args:
        logits: [samples], [samples, classes], or up to 5 axes, of which axis 1 has the classes, as in PyTorch, or
            another one that `class_axis` names. Any float dtype, on any device; the service computes with float32.
        labels: Class indices, in the shape of the logits without the class axis, or dense labels in [0, 1], in the
            shape of the logits.
        sample_weights: Weights ≥ 0, in the shape of the logits without the class axis.
        element_weights: Weights ≥ 0, in the shape of the logits; for sigmoid.
        weight: PyTorch's name for `class_weights`, [classes]. As in `torch.nn.functional.cross_entropy`, the mean over
            class indices under softmax is divided by the sum of the weights of the labels, and that over dense labels
            by the number of samples. With the name `class_weights` both are divided by the number of samples.
        denominator: What the reduction `mean` divides by, instead of `normalizer`: a number above 0, as for the
            accumulation of gradients. Or `"global"`: the divisors of all processes of `torch.distributed` are added up,
            so that the mean of the losses over the processes, and of the gradients, is that of the whole batch. All
            processes have to make the call.
        client: A client, or its URL; by default the environment variable `FOCAL_LOSS_URL`, or `http://127.0.0.1:8080`.
        **options: See `LossOptions`.

    Returns:
        On the device of the logits, float64 if they are, else float32: a number; for the reduction `none` a loss per
        element (sigmoid, in the shape of the logits) or per sample (softmax, in that shape without the class axis).

    Raises:
        TypeError: An option is unknown, cannot be set here, or is given by two names.
        ValueError: There is no such reduction, or the denominator is not above 0.
        RuntimeError: Something else than the logits requires gradients, torch.func or forward mode transforms the call,
            or another process has failed.
        FocalLossError: As in `FocalLossClient.focal_loss`.
    """
    return _focal_loss(logits, labels, sample_weights, element_weights, weight, denominator, client, options)


def _evaluate(
    logits: Tensor,
    labels: Tensor,
    sample_weights: Tensor | None,
    element_weights: Tensor | None,
    weight: Tensor | None,
    denominator: Denominator,
    client: ClientOrUrl,
    options: LossOptions,
) -> Tensor:
    check_loss_options(options, weight, denominator)
    weight = weight if weight is None else torch.as_tensor(weight)
    tensors = {"labels": labels, "sample_weights": sample_weights, "element_weights": element_weights}
    _reject_gradients({**tensors, "weight": weight, "denominator": denominator, **options})
    _reject_transformations(logits)
    inputs = {name: tensor for name, tensor in tensors.items() if tensor is not None}
    with failing_together(denominator, logits.device):
        client = client_for(client)
        arrays = to_host({**inputs, "logits": logits}, client)
        request = divisor(denominator, request_options(options, weight, logits.dim()), weight, arrays)

    per_element = options.get("reduction") == "none"
    differentiable = torch.is_grad_enabled() and logits.requires_grad
    outputs = ["elementwise" if per_element else "loss", *(["gradients"] if differentiable else [])]
    call: dict[str, Any] = {**arrays, **request.options, "outputs": outputs}
    result, scale = request.scaled(lambda: client.focal_loss(**call), logits.device)

    device, dtype = logits.device, torch.float64 if logits.dtype == torch.float64 else torch.float32
    if result.elementwise is not None:
        loss = losses_to(device, dtype, result.elementwise)
    else:
        loss = torch.full((), (result.loss or 0.0) * scale, dtype=dtype, device=device)
    if result.gradients is None:
        return loss
    class_axis = request.options["class_axis"] if loss.dim() not in (0, logits.dim()) else None
    gradients = gradients_to(device, result.gradients)
    return attach_gradients(logits, KnownGradients(loss, gradients, scale, class_axis))


# A compiled graph ends before the call, and another one begins after it.
_disable: Any = torch.compiler.disable
_focal_loss: Callable[..., Tensor] = _disable(_evaluate)


def _reject_gradients(values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if isinstance(value, Mapping):
            _reject_gradients(value)  # Gamma of each side.
        if isinstance(value, Tensor) and value.requires_grad and torch.is_grad_enabled():
            raise RuntimeError(f"{name}: there are gradients with respect to the logits only; pass {name}.detach()")


# PyTorch itself asks here whether a function is being transformed; there is no public name.
_torch: Any = torch._C
_functorch: Any = _torch._functorch


def _reject_transformations(logits: Tensor) -> None:
    if _functorch.is_functorch_wrapped_tensor(logits):
        raise RuntimeError(
            "focal_loss: torch.func cannot transform it, because the service computes outside of PyTorch. Call "
            "backward or torch.autograd.grad, and pass a whole batch instead of vmap"
        )
    if forward_ad.unpack_dual(logits).tangent is not None:
        raise RuntimeError("focal_loss: there is no forward-mode derivative; call backward or torch.autograd.grad")
