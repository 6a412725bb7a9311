"""The snippets of the README run unchanged, except for the URL."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np

import focal_loss_client

README = (Path(__file__).parents[1] / "README.md").read_text()


def snippet_starting_with(start):
    [text] = re.findall(rf"^```\w+\n({re.escape(start)}.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return text


def test_the_first_example_prints_the_documented_output(service_url):
    code = snippet_starting_with("import numpy").replace("http://127.0.0.1:8080", service_url)
    printed = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True).stdout
    assert printed == snippet_starting_with("0.1457")


def test_the_example_of_an_array_in_shared_memory(start_service):
    flags = ("--shared-memory", "on") if sys.platform.startswith("linux") else ()
    _, url = start_service("--port", "0", *flags)
    with focal_loss_client.FocalLossClient(url) as client:
        variables = {"client": client, "np": np}
        exec(snippet_starting_with("logits = client.empty"), variables)
    assert variables["result"].counts.elements == 8_000_000
    assert np.isfinite(variables["result"].gradients).all()


def test_the_documented_exceptions_form_the_documented_hierarchy():
    ancestors = {}
    for line in snippet_starting_with("FocalLossError").splitlines():
        branch, name = re.match(r"([│├└─ ]*)(\w+)", line).groups()
        error = getattr(focal_loss_client, name)
        ancestors = {depth: other for depth, other in ancestors.items() if depth < len(branch)}
        assert all(issubclass(error, other) for other in ancestors.values())
        assert bool(ancestors) == (error is not focal_loss_client.FocalLossError)
        ancestors[len(branch)] = error
