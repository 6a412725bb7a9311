"""The snippets of the README run unchanged, except for the URL."""

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import focal_loss_client

README = (Path(__file__).parents[1] / "README.md").read_text()
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "keras-jax.md"


def snippet_starting_with(start):
    [text] = re.findall(rf"^```\w+\n({re.escape(start)}.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return text


def test_the_first_example_prints_the_documented_output(service_url):
    printed = run(snippet_starting_with("import numpy"), service_url)
    documented = snippet_starting_with("0.1457")
    assert NUMBER.sub("#", printed) == NUMBER.sub("#", documented)
    # The last digit of the loss is another one in some versions of Node.
    assert numbers_of(printed) == pytest.approx(numbers_of(documented), rel=1e-14)


def numbers_of(text):
    return [float(number) for number in NUMBER.findall(text)]


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
    assert loss == pytest.approx(0.14578620167165574, rel=1e-14)
    assert 0.99 < share < 1


def test_the_example_of_an_array_in_shared_memory(start_service):
    flags = ("--shared-memory", "on") if sys.platform.startswith("linux") else ()
    _, url = start_service("--port", "0", *flags)
    with focal_loss_client.FocalLossClient(url) as client:
        variables = {"client": client, "np": np}
        exec(snippet_starting_with("logits = client.empty"), variables)
    assert variables["result"].counts.elements == 8_000_000
    assert np.isfinite(variables["result"].gradients).all()


@pytest.mark.parametrize("framework", ["keras", "jax", "tensorflow"])
def test_the_examples_of_frameworks(service_url, framework):
    backend = os.environ.get("KERAS_BACKEND", "torch")
    for package in {framework, backend if framework == "keras" else framework}:
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    text = README + (PAGE.read_text() if PAGE.exists() else "")
    snippet = rf"^```python\n([^`]*?from focal_loss_client\.{framework} import .*?)^```$"
    code, *remaining = re.findall(snippet, text, re.MULTILINE | re.DOTALL)
    environment = {**os.environ, "FOCAL_LOSS_URL": service_url, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "2"}
    if framework == "keras":
        code += "model.fit(keras.ops.ones((8, 2)), keras.ops.ones((8,)), verbose=0)"
    else:
        code += "assert gradients.shape == (2, 3) and abs(float(gradients[0, 0])) > 0"
    code = "\n".join([code, *remaining]).replace("http://127.0.0.1:8080", service_url)
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)


def test_the_documented_exceptions_form_the_documented_hierarchy():
    ancestors = {}
    for line in snippet_starting_with("FocalLossError").splitlines():
        branch, name = re.match(r"([│├└─ ]*)(\w+)", line).groups()
        error = getattr(focal_loss_client, name)
        ancestors = {depth: other for depth, other in ancestors.items() if depth < len(branch)}
        assert all(issubclass(error, other) for other in ancestors.values())
        assert bool(ancestors) == (error is not focal_loss_client.FocalLossError)
        ancestors[len(branch)] = error
