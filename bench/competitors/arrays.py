"""Arrays of float32 in the suite's protocol: base64, as JSON has no NaN and no infinity."""

from base64 import b64decode, b64encode

import numpy as np


def decode(text):
    return np.frombuffer(b64decode(text), dtype=np.float32).copy()


def encode(values):
    return b64encode(np.ascontiguousarray(values, dtype=np.float32).tobytes()).decode()
