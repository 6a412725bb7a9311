"""Triton's perf_analyzer, as the how-to shows it, but for the port and a fixed number of requests."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/how-to/open-inference.md"
REQUESTS = 20


def find_perf_analyzer() -> str | None:
    """PERF_ANALYZER, or the one that ./run has installed."""
    return os.environ.get("PERF_ANALYZER") or shutil.which("perf_analyzer", path=Path(sys.executable).parent)


def call_perf_analyzer(address: str, program: str) -> str:
    section = PAGE.read_text().split("## Measure with perf_analyzer")[1]
    (make_batch,) = re.findall(r"^```python\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    (command,) = re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    command = command.replace("127.0.0.1:8080", address).replace("perf_analyzer", '"$PROGRAM"', 1)
    command = command.replace("--concurrency-range 1:4", f"--concurrency-range 2 --request-count {REQUESTS}")
    before = statistics(address)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-c", make_batch], cwd=folder, check=True)
        environment = os.environ | {"PROGRAM": program}
        # Its exit status is 0 also where it failed.
        printed = subprocess.run(
            ["sh", "-ec", command], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=60
        ).stdout
    assert "Avg request latency" in printed and f"Successful request count: {REQUESTS}" in printed, printed
    after = statistics(address)
    assert after["success"]["count"] - before["success"]["count"] >= REQUESTS, after
    assert after["fail"]["count"] == before["fail"]["count"], after
    return f"{REQUESTS} requests, counted alike here and there"


def statistics(address: str) -> dict:
    with urllib.request.urlopen(f"http://{address}/v2/models/focal-loss/stats") as response:
        return json.load(response)["model_stats"][0]["inference_stats"]
