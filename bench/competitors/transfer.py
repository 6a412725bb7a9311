"""How fast numbers come to a device, and how fast its memory copies them: python transfer.py SAMPLES CLASSES DEVICE

The host's memory is that of any tensor, not pinned: the service's is not either.
"""

import sys
from time import perf_counter

import torch

from line import say, serve, synchronize, versions

samples, classes, device = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
if device == "cuda" and not torch.cuda.is_available():
    say({"unavailableReason": "torch sees no GPU"})
    sys.exit()

host = torch.randn(samples, classes)
there = torch.empty(samples, classes, device=device)
copy = torch.empty_like(there)


def milliseconds(target, source):
    synchronize(device)
    start = perf_counter()
    target.copy_(source)
    synchronize(device)
    return 1000 * (perf_counter() - start)


def step(_):
    return {"upload": milliseconds(there, host), "copy": milliseconds(copy, there)}


serve(step, device=torch.cuda.get_device_name() if device == "cuda" else device, versions=versions("torch"))
