"""torchvision's focal loss with its backward on a batch of hard labels: python kernel.py eager|compile SAMPLES CLASSES

The one-hot targets that it wants are made beforehand, and it adds no sums per class: less work than the service does.
"""

import os
import sys
from time import perf_counter

# What it kept of earlier runs is not always as fast as what it compiles anew: three times slower has been seen.
os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"

import torch
from torchvision.ops import sigmoid_focal_loss

from line import serve, versions

torch.manual_seed(1)

mode, samples, classes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
logits = (3 * torch.randn(samples, classes) - 2).requires_grad_()
labels = torch.randint(classes, (samples,))
targets = torch.nn.functional.one_hot(labels, classes).float()


def mean_loss(inputs, wanted):
    return sigmoid_focal_loss(inputs, wanted, alpha=0.25, gamma=2, reduction="mean")


if mode == "compile":
    mean_loss = torch.compile(mean_loss)


def step(_=None):
    logits.grad = None
    start = perf_counter()
    mean_loss(logits, targets).backward()
    return {"ms": 1000 * (perf_counter() - start)}


first = step()  # For a compiled function: with its compilation.
serve(step, first_ms=first["ms"], versions=versions("torch", "torchvision"))
