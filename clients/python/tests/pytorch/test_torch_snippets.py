"""The snippets on PyTorch of both READMEs and of its page run unchanged."""

import re
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from focal_loss_client.torch import FocalLoss

ROOT = Path(__file__).parents[4]
READMES = (ROOT / "README.md", ROOT / "clients/python/README.md")
PAGE = ROOT / "docs/how-to/pytorch.md"

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the documentation is not here")


def snippet_starting_with(page, start):
    [text] = re.findall(rf"^```\w+\n({re.escape(start)}.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    return text


@pytest.fixture(autouse=True)
def default_url(service_url, monkeypatch):
    monkeypatch.setenv("FOCAL_LOSS_URL", service_url)


def test_the_first_example_prints_the_documented_output(capsys):
    exec(snippet_starting_with(PAGE, "import torch"), {})
    assert capsys.readouterr().out == snippet_starting_with(PAGE, "0.1457")


@pytest.mark.parametrize("readme", READMES, ids=["repository", "client"])
def test_the_example_of_the_readme(readme):
    variables = {}
    exec(snippet_starting_with(readme, "import torch"), variables)
    assert variables["logits"].grad.abs().sum() > 0


def test_the_example_of_several_processes():
    variables = {"FocalLoss": FocalLoss}
    exec(snippet_starting_with(PAGE, "focal_loss = FocalLoss(normalizer"), variables)
    loss = variables["focal_loss"](torch.zeros(2, 3), torch.tensor([0, 1]))
    assert loss == FocalLoss(normalizer="positives")(torch.zeros(2, 3), torch.tensor([0, 1]))


def test_the_example_of_accumulation():
    torch.manual_seed(0)
    model, focal_loss = torch.nn.Linear(4, 3), FocalLoss()
    images, labels = torch.randn(8, 4), torch.randint(2, (8, 3))
    FocalLoss(normalizer="positives")(model(images), labels).backward()
    expected, model.weight.grad, model.bias.grad = model.weight.grad, None, None
    optimizer = torch.optim.SGD(model.parameters(), lr=0)
    variables = {"model": model, "focal_loss": focal_loss, "optimizer": optimizer}
    variables["parts"] = list(zip(images.split(3), labels.split(3), strict=True))
    exec(snippet_starting_with(PAGE, "positives = max"), variables)
    torch.testing.assert_close(model.weight.grad, expected)
