"""torchvision's focal loss with its backward on a batch of hard labels: python kernel.py eager|compile SAMPLES CLASSES DEVICE

DEVICE is cpu or cuda. Logits and the one-hot targets that it wants are there beforehand, and it adds no sums per class:
less work than the service does. Where torchvision is not installed, the same formula in torch takes its place.
"""

import os
import sys
from time import perf_counter

# What it kept of earlier runs is not always as fast as what it compiles anew: three times slower has been seen.
os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"

import torch

from line import serve, synchronize, versions

packages = ["torch"]
try:
    from torchvision.ops import sigmoid_focal_loss

    packages.append("torchvision")
except ImportError:
    from sigmoid_focal_loss import sigmoid_focal_loss

torch.manual_seed(1)

mode, samples, classes, device = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
logits = (3 * torch.randn(samples, classes, device=device) - 2).requires_grad_()
labels = torch.randint(classes, (samples,), device=device)
targets = torch.nn.functional.one_hot(labels, classes).float()


def mean_loss(inputs, wanted):
    return sigmoid_focal_loss(inputs, wanted, alpha=0.25, gamma=2, reduction="mean")


if mode == "compile":
    mean_loss = torch.compile(mean_loss)


def step(_=None):
    logits.grad = None
    synchronize(device)
    start = perf_counter()
    mean_loss(logits, targets).backward()
    synchronize(device)
    return {"ms": 1000 * (perf_counter() - start)}


first = step()  # For a compiled function: with its compilation.
serve(step, first_ms=first["ms"], versions=versions(*packages))
