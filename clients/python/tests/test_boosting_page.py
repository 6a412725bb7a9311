"""The snippets on boosting and scikit-learn run unchanged."""

import re
from pathlib import Path

import pytest

datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
model_selection = pytest.importorskip("sklearn.model_selection")

pytestmark = pytest.mark.usefixtures("one_thread")

REPOSITORY = Path(__file__).parents[3]
PAGES = ("clients/python/README.md", "docs/how-to/boosting.md")
if not all((REPOSITORY / page).exists() for page in PAGES):
    pytest.skip("the pages are in the repository of the service only", allow_module_level=True)
SNIPPET = re.compile(r"^```python\n((?:(?!```).)*?focal_loss_client\.(lightgbm|xgboost|sklearn).*?)^```$", re.M | re.S)
SNIPPETS = [
    pytest.param(*match.groups(), id=f"{page}-{match[2]}")
    for page in PAGES
    for match in SNIPPET.finditer((REPOSITORY / page).read_text())
]


def test_all_snippets_are_found():
    assert len(SNIPPETS) == 6


@pytest.mark.parametrize(("code", "library"), SNIPPETS)
def test_a_snippet_trains_or_scores_a_model(service_url, monkeypatch, code, library):
    pytest.importorskip(library)
    monkeypatch.setenv("FOCAL_LOSS_URL", service_url)
    features, labels = datasets.load_breast_cancer(return_X_y=True)
    names = ("features", "held_out_features", "labels", "held_out_labels")
    variables = dict(
        zip(names, model_selection.train_test_split(features, labels, random_state=0, stratify=labels), strict=True)
    )
    exec(code, variables)
    if library != "sklearn":
        probabilities = variables["probabilities"]
        expected = variables["held_out_labels" if len(probabilities) < 300 else "labels"]
        assert (probabilities.argmax(axis=1) == expected).mean() > 0.9
    elif "scores" in variables:
        assert (variables["scores"] < 0).all()
