"""Type checkers find no error in this package, in the README's own snippets, and in typed_calls.py, nor learn less."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = ["src", "tests/typed_calls.py"]
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


def missing_module(text):
    """The name of a framework that a snippet imports and that is not installed."""
    for name in re.findall(r"^(?:import|from) (\w+)", text, re.MULTILINE):
        if importlib.util.find_spec(name) is None:
            return name
    for name in re.findall(r"^from focal_loss_client\.(\w+)", text, re.MULTILINE):
        if importlib.util.find_spec(name) is None and not (ROOT / f"src/focal_loss_client/{name}.py").exists():
            return name
    return None


@pytest.mark.parametrize("checker", CHECKERS)
def test_there_is_no_error(checker, tmp_path):
    if importlib.util.find_spec(checker) is None:
        pytest.skip(f"{checker} is not installed")
    files = []
    for index, text in enumerate(snippets()):
        if missing_module(text) is None:
            files.append(tmp_path / f"readme_snippet_{index}.py")
            files[-1].write_text(text)
    assert len(files) >= 2
    flags = [*CHECKERS[checker], *([str(tmp_path / "cache")] if checker == "mypy" else [])]
    command = [sys.executable, "-m", checker, *flags, *SOURCES, *map(str, files)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
