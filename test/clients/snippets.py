"""The snippets of docs/open-inference.md and docs/binary-tensors.md, run as they stand but for the port; each must print what stands below it."""

import json
import re
import subprocess
import sys
from pathlib import Path

PAGES = [Path(__file__).parents[2] / "docs" / name for name in ("open-inference.md", "binary-tensors.md")]


def call_snippets(address: str) -> str:
    return f"{sum(run_page(page, address) for page in PAGES)} snippets"


def run_page(page: Path, address: str) -> int:
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    count = 0
    for (language, snippet), (_, expected) in zip(blocks, blocks[1:]):
        command = {"sh": ["sh", "-ec"], "python": [sys.executable, "-c"]}.get(language)
        if command is None:
            continue
        code = snippet.replace("127.0.0.1:8080", address)
        printed = subprocess.run([*command, code], stdout=subprocess.PIPE, text=True, check=True).stdout
        assert comparable(printed) == comparable(expected), f"{snippet}\nprinted\n{printed}"
        count += 1
    assert count > 0
    return count


def comparable(text: str):
    """JSON without what differs from machine to machine and from call to call."""
    try:
        return json.loads(text) | {"parameters": None}
    except json.JSONDecodeError:
        return text.strip()
