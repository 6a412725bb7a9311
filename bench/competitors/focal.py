"""Focal loss, gradients and the service's per-class breakdown with torchvision and torch, as one would write it there.

Reductions run over whole tensors; what belongs to the positives, one element a row, is gathered and added up by class.
"""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, one_hot
from torchvision.ops import sigmoid_focal_loss


def evaluate(logits, labels, gamma=2.0, alpha=0.25):
    """Logits [samples, classes] and class indices [samples], both float32 and int64 tensors: gradients and a summary."""
    samples, classes = logits.shape
    logits = logits.requires_grad_()
    targets = one_hot(labels, classes).to(torch.float32)
    losses = sigmoid_focal_loss(logits, targets, alpha=alpha, gamma=gamma, reduction="none")
    total = losses.sum()
    denominator = logits.numel()
    (total / denominator).backward()
    with torch.no_grad():
        per_class = breakdown(logits, targets, labels, losses / denominator)
    counts = {
        "samples": samples,
        "classes": classes,
        "elements": denominator,
        "ignored": 0,
        "positives": samples,
    }
    summary = {
        "loss": total.item() / denominator,
        "sum": total.item(),
        "denominator": denominator,
        "counts": counts,
    }
    return logits.grad, summary, per_class


def breakdown(logits, targets, labels, losses):
    samples, classes = logits.shape
    rows = torch.arange(samples)
    positives = torch.bincount(labels, minlength=classes)
    negatives = samples - positives

    def sides(values):
        """Sums of [samples, classes] by class, over the positives and over the negatives."""
        positive = torch.bincount(labels, weights=values[rows, labels], minlength=classes)
        return positive, values.sum(dim=0) - positive

    def split(values):
        positive, negative = sides(values)
        total = positive + negative
        return zip(positive.tolist(), negative.tolist(), total.tolist(), (total / total.sum()).tolist())

    cross_entropy = binary_cross_entropy_with_logits(logits, targets, reduction="none") / logits.numel()
    p = torch.sigmoid(logits)
    p_positive, p_negative = sides(p)
    predicted = logits >= 0
    true_positives = torch.bincount(labels[predicted[rows, labels]], minlength=classes)
    false_positives = predicted.sum(dim=0) - true_positives
    columns = zip(
        positives.tolist(),
        negatives.tolist(),
        split(losses),
        split(cross_entropy),
        split(logits.grad.abs()),
        p_positive.tolist(),
        p_negative.tolist(),
        true_positives.tolist(),
        false_positives.tolist(),
    )
    names = ("positive", "negative", "total", "share")
    return [
        {
            "class": c,
            "positives": n,
            "negatives": m,
            "ignored": 0,
            "loss": dict(zip(names, loss)),
            "cross_entropy": dict(zip(names, entropy)),
            "gradient_l1": dict(zip(names, gradient)),
            "mean_pt": {"positive": p_pos / n if n else None, "negative": 1 - p_neg / m if m else None},
            "true_positives": tp,
            "false_positives": fp,
            "false_negatives": n - tp,
        }
        for c, (n, m, loss, entropy, gradient, p_pos, p_neg, tp, fp) in enumerate(columns)
    ]
