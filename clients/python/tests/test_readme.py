"""The README's snippets, as they stand but for the address."""

import re
import subprocess
import sys
from pathlib import Path

import focal_loss_client

BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", (Path(__file__).parents[1] / "README.md").read_text(), re.M | re.S)


def only(language):
    [block] = [text for kind, text in BLOCKS if kind == language]
    return block


def test_the_call(service_url):
    code = only("python").replace("http://127.0.0.1:8080", service_url)
    lines = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert re.search(r"^cat: 0\.\d% of the cross-entropy, ", lines, re.M), lines


def test_the_errors():
    above = {}
    for line in only("text").splitlines():
        branch, name = re.match(r"([│├└─ ]*)(\w+)", line).groups()
        error = getattr(focal_loss_client, name)
        if branch:
            assert issubclass(error, above[max(d for d in above if d < len(branch))])
        above = {d: e for d, e in above.items() if d < len(branch)} | {len(branch): error}
