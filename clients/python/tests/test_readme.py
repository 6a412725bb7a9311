"""The README's snippets, as they stand but for the address."""

import re
import subprocess
import sys
from pathlib import Path

import focal_loss_client

README = (Path(__file__).parents[1] / "README.md").read_text()


def snippet_that_starts(start):
    [text] = re.findall(rf"^```\w+\n({re.escape(start)}.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return text


def test_the_call_prints_what_stands_below_it(service_url):
    code = snippet_that_starts("import numpy").replace("http://127.0.0.1:8080", service_url)
    printed = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert printed == snippet_that_starts("0.1457")


def test_the_tree_of_errors():
    above = {}
    for line in snippet_that_starts("FocalLossError").splitlines():
        branch, name = re.match(r"([│├└─ ]*)(\w+)", line).groups()
        error = getattr(focal_loss_client, name)
        above = {depth: other for depth, other in above.items() if depth < len(branch)}
        assert all(issubclass(error, other) for other in above.values())
        assert bool(above) == (error is not focal_loss_client.FocalLossError)
        above[len(branch)] = error
