"""The protocol with the suite: one JSON line when ready, then one answer for each line asked."""

import json
import sys
from importlib.metadata import version


def versions(*packages):
    return {package: version(package) for package in packages}


def synchronize(device):
    """A GPU goes on by itself after the call that gave it work."""
    if device == "cuda":
        import torch

        torch.cuda.synchronize()


def say(message):
    print(json.dumps(message), flush=True)


def serve(answer, **hello):
    say(hello)
    for line in sys.stdin:
        say(answer(json.loads(line)))
