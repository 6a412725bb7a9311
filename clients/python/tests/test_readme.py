"""The snippets of the README run unchanged, except for the URL."""

import json
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
    printed = run(snippet_starting_with("import numpy"), service_url)
    assert printed == snippet_starting_with("0.1457")


def run(code, service_url):
    code = code.replace("http://127.0.0.1:8080", service_url)
    return subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True).stdout


def test_the_example_of_coroutines(service_url):
    losses = json.loads(run(snippet_starting_with("import asyncio"), service_url))
    with focal_loss_client.FocalLossClient(service_url) as client:
        logits = [[2.2, -1.3], [-3.1, 0.4]]
        assert losses == [client.focal_loss(logits, [0, 1], gamma=gamma).loss for gamma in (0, 2)]


def test_the_example_of_scalars(service_url):
    code = snippet_starting_with("import numpy") + snippet_starting_with("scalars = result")
    loss, share = map(float, run(code, service_url).split()[-2:])
    assert loss == 0.14578620167165574
    assert 0.99 < share < 1


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
