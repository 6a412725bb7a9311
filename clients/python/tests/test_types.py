"""Type checkers find no error in this package, in the README's own snippets, and in typed_calls.py, nor learn less."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "focal_loss_client"
FRAMEWORKS = {"torch", "keras", "jax", "tensorflow", "lightgbm", "xgboost", "sklearn"}
CHECKERS = {
    # Some frameworks have no types.
    "mypy": ["--strict", "--ignore-missing-imports", "--no-error-summary", "--cache-dir"],
    "pyright": ["--pythonpath", sys.executable],
}


def snippets():
    """The Python of the README. One without imports continues the first."""
    texts = re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    first = texts[0]
    return [text if re.search(r"^(import|from) ", text, re.MULTILINE) else f"{first}\n{text}" for text in texts]


def is_installed(name):
    return importlib.util.find_spec(name) is not None


def sources():
    """This package, apart from adapters of frameworks that are not installed."""
    paths = [path for path in sorted(PACKAGE.iterdir()) if path.suffix == ".py" or (path / "__init__.py").exists()]
    return [path for path in paths if path.stem not in FRAMEWORKS or is_installed(path.stem)]


def can_be_checked(snippet):
    """Whether all that a snippet imports, or whose adapter it imports, is installed."""
    adapters = FRAMEWORKS.intersection(re.findall(r"^from focal_loss_client\.(\w+)", snippet, re.MULTILINE))
    imported = re.findall(r"^(?:import|from) (\w+)", snippet, re.MULTILINE)
    return all(is_installed(name) for name in [*imported, *adapters])


@pytest.mark.parametrize("checker", CHECKERS)
def test_there_is_no_error(checker, tmp_path):
    if not is_installed(checker):
        pytest.skip(f"{checker} is not installed")
    # At its first run, pyright installs what is not in its Python package.
    if subprocess.run(
        [sys.executable, "-m", checker, "--version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ).returncode:
        pytest.skip(f"{checker} does not run here")
    files = []
    for index, text in enumerate(snippets()):
        if can_be_checked(text):
            files.append(tmp_path / f"readme_snippet_{index}.py")
            files[-1].write_text(text)
    assert len(files) >= 4
    flags = [*CHECKERS[checker], *([str(tmp_path / "cache")] if checker == "mypy" else [])]
    files += [*sources(), ROOT / "tests" / "typed_calls.py"]
    command = [sys.executable, "-m", checker, *flags, *map(str, files)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
