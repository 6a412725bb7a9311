"""torch with its backward on the batches of `npm run bench -- modes`, in process: python modes_kernel.py COMPILER

Asked {"mode", "path"}, it reads a batch and takes a first step each with the code as it is and compiled by that backend of
torch.compile, or only with those of "kinds"; asked {"step": "eager" or "compiled"}, it takes another. Targets are ready-made,
and there are no sums per class.
"""

import sys
from pathlib import Path
from time import perf_counter

import torch
import torch._dynamo

from line import serve, versions
from modes import read, step_of, targets_of

COMPILER = sys.argv[1]
steps, logits, targets = {}, None, None


def compiled(function):
    return torch.compile(function, backend=COMPILER, dynamic=False, fullgraph=True)


def load(mode, path, kinds=("eager", "compiled")):
    global steps, logits, targets
    torch._dynamo.reset()
    transforms = {"eager": (), "compiled": (compiled,)}
    steps = {kind: step_of(mode, *transforms[kind]) for kind in kinds}
    logits, labels = read(mode, bytearray(Path(path).read_bytes()))
    targets = targets_of(mode, labels)
    return {name: totals(step(logits, targets)) for name, step in steps.items()}


def totals(losses):
    gradient_l1 = 0 if logits.grad is None else logits.grad.abs().sum(dtype=torch.float64).item()
    return {"losses": losses.flatten().tolist(), "gradient_l1": gradient_l1}


def answer(asked):
    if "mode" in asked:
        return load(**asked)
    start = perf_counter()
    steps[asked["step"]](logits, targets)
    return {"ms": 1000 * (perf_counter() - start)}


serve(answer, versions=versions("torch", "torchvision"))
