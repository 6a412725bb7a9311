"""torch with its backward on the batches of `npm run bench -- modes`, in process: python modes_kernel.py BACKEND

BACKEND is `eager`, for code as it is, or a backend of torch.compile. Asked {"mode", "path"}, it reads the batch and takes
its first step; asked {}, it takes another. Targets are ready-made, and there are no sums per class.
"""

import sys
from pathlib import Path
from time import perf_counter

import torch
import torch._dynamo

from line import serve, versions
from modes import read, step_of, targets_of

backend = sys.argv[1]
step = logits = targets = None


def compiled(function):
    return torch.compile(function, backend=backend, dynamic=False, fullgraph=True)


def load(mode, path):
    global step, logits, targets
    torch._dynamo.reset()
    step = step_of(mode) if backend == "eager" else step_of(mode, compiled)
    logits, labels = read(mode, bytearray(Path(path).read_bytes()))
    targets = targets_of(mode, labels)


def answer(asked):
    if asked:
        load(**asked)
    start = perf_counter()
    value = step(logits, targets)
    ms = 1000 * (perf_counter() - start)
    if not asked:
        return {"ms": ms}
    gradient_l1 = 0 if logits.grad is None else logits.grad.abs().sum(dtype=torch.float64).item()
    return {"losses": value.flatten().tolist(), "gradient_l1": gradient_l1}


serve(answer, versions=versions("torch", "torchvision"))
