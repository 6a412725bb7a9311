"""What `npm run bench -- modes` asks for, as one writes it with torch: {"shape", "dtype", "label_dtype", "index", "options", "grid"}.

`options` are those of the service. Softmax has its classes on axis 1, as torch does.
"""

import math
import warnings

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, log_softmax, one_hot
from torchvision.ops import sigmoid_focal_loss

DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64, "U8": torch.uint8}
BINS = 20

warnings.filterwarnings("ignore", message="The given buffer is not writable")


def read(mode, body):
    """Predictions, and labels as they were sent: views of the body, which has the ones and then the others."""
    shape, dtype = mode["shape"], DTYPES[mode["dtype"]]
    elements = math.prod(shape)
    logits = torch.frombuffer(body, dtype=dtype, count=elements).reshape(shape)
    labels = torch.frombuffer(body, dtype=DTYPES[mode["label_dtype"]], offset=elements * dtype.itemsize)
    return logits.requires_grad_(), labels.reshape([shape[0], *shape[2:]] if mode["index"] else shape)


def targets_of(mode, labels):
    """Labels as the loss takes them: class indices as they are for softmax without smoothing, else floats."""
    smoothing, softmax = mode["options"].get("label_smoothing", 0), is_softmax(mode)
    if softmax and mode["index"] and not smoothing:
        return labels
    if mode["index"]:
        labels = one_hot(labels, mode["shape"][1]).movedim(-1, 1).contiguous()
    targets = labels.to(torch.float32)
    return targets * (1 - smoothing) + smoothing / (mode["shape"][1] if softmax else 2) if smoothing else targets


def loss_of(mode):
    """The loss of (logits, targets), reduced; of a grid, those of every gamma with every alpha."""
    gamma, reduction = mode["options"].get("gamma", 2), mode["options"].get("reduction", "mean")

    def sigmoid_loss(logits, targets):  # Of 16 bits as torch's autocast does it: in float32.
        return sigmoid_focal_loss(logits.float(), targets, alpha=0.25, gamma=gamma, reduction=reduction)

    def index_loss(logits, targets):
        entropy = cross_entropy(logits, targets, reduction="none")
        return ((1 - torch.exp(-entropy)) ** gamma * entropy).mean()

    def soft_loss(logits, targets):
        log_p = log_softmax(logits, 1)
        return -(targets * (1 - log_p.exp()) ** gamma * log_p).sum(1).mean()

    def grid_losses(logits, targets):
        pairs = [(gamma, alpha) for gamma in mode["grid"]["gammas"] for alpha in mode["grid"]["alphas"]]
        with torch.no_grad():
            return torch.stack([sigmoid_focal_loss(logits, targets, a, g, reduction="mean") for g, a in pairs])

    if mode["grid"]:
        return grid_losses
    if not is_softmax(mode):
        return sigmoid_loss
    return index_loss if mode["index"] and not mode["options"].get("label_smoothing") else soft_loss


def difficulty_of(mode):
    """Counts and sums of the bins of p_t, of positives and then of negatives: [4, 2 × BINS]."""
    gamma = mode["options"].get("gamma", 2)

    @torch.no_grad()
    def difficulty(logits, targets, gradients):
        p = torch.sigmoid(logits)
        entropy = binary_cross_entropy_with_logits(logits, targets, reduction="none")
        pt = p * targets + (1 - p) * (1 - targets)
        alpha = 0.25 * targets + 0.75 * (1 - targets)
        bins = (pt * BINS).long().clamp(max=BINS - 1) + BINS * (targets < 0.5)
        values = (torch.ones_like(pt), entropy, alpha * (1 - pt) ** gamma * entropy, gradients.abs())
        sums = torch.zeros(len(values), 2 * BINS)
        return torch.stack([row.index_add(0, bins.flatten(), v.flatten()) for row, v in zip(sums, values)])

    return difficulty


def step_of(mode, transform=lambda function: function):
    """A function of (logits, targets) that gives the losses and leaves the gradients in `logits.grad`."""
    loss = transform(loss_of(mode))
    difficulty = transform(difficulty_of(mode)) if "difficulty" in mode["options"].get("outputs", []) else None

    def step(logits, targets):
        logits.grad = None
        value = loss(logits, targets)
        if not mode["grid"]:
            value.backward()
        if difficulty:
            difficulty(logits, targets, logits.grad)
        return value.detach()

    return step


def is_softmax(mode):
    return mode["options"].get("activation") == "softmax"
