"""Losses with their derivatives by torch's autograd, in float32."""

import torch

from arrays import decode, encode


def answer(asked, sigmoid_loss, softmax_loss):
    """Asked {"logits", "label", "gamma"}: of elements; with {"classes", "labels", "hard"}: of samples, without the Hessian."""
    return of_samples(asked, softmax_loss) if "classes" in asked else of_elements(asked, sigmoid_loss)


def of_elements(asked, loss_of):
    """`loss_of(logits, labels, gamma)` gives the losses one by one."""
    logits = torch.from_numpy(decode(asked["logits"])).requires_grad_()
    losses = loss_of(logits, torch.full_like(logits, asked["label"]), asked["gamma"])
    (gradient,) = torch.autograd.grad(losses.sum(), logits, create_graph=True)
    (hessian,) = torch.autograd.grad(gradient.sum(), logits)
    return {
        "loss": encode(losses.detach().numpy()),
        "gradient": encode(gradient.detach().numpy()),
        "hessian": encode(hessian.numpy()),
    }


def of_samples(asked, loss_of):
    """`loss_of(logits, labels, hard, gamma)` gives the losses of samples; labels are dense, and `hard` says if 0 or 1."""
    shape = (-1, asked["classes"])
    logits = torch.from_numpy(decode(asked["logits"])).reshape(shape).requires_grad_()
    labels = torch.from_numpy(decode(asked["labels"])).reshape(shape)
    losses = loss_of(logits, labels, asked["hard"], asked["gamma"])
    (gradient,) = torch.autograd.grad(losses.sum(), logits)
    return {"loss": encode(losses.detach().numpy()), "gradient": encode(gradient.numpy())}
