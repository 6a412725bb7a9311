"""Where the service is, if nothing else is said."""

from __future__ import annotations

import os


def default_url() -> str:
    """Return the URL in the environment variable `FOCAL_LOSS_URL`, by default `http://127.0.0.1:8080`."""
    return os.environ.get("FOCAL_LOSS_URL") or "http://127.0.0.1:8080"
