"""The pages' snippets that test/snippets/plan.json gives to ./run, run as they stand but for the port; each must print what stands below it."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMANDS = {"sh": ["sh", "-ec"], "python": [sys.executable, "-c"]}


def call_snippets(address: str) -> str:
    plan = json.loads((ROOT / "test/snippets/plan.json").read_text())
    return f"{sum(run_page(ROOT / page, entries, address) for page, entries in plan.items())} snippets"


def run_page(page: Path, entries: list, address: str) -> int:
    blocks = re.findall(r"^```([^\n]*)\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    ours = [i for i, entry in enumerate(entries) if entry.get("by") == "test/clients/run"]
    for i in ours:
        language, snippet = blocks[i]
        assert entries[i + 1]["by"] == "above", f"{page} does not say what this prints:\n{snippet}"
        code = snippet.replace("127.0.0.1:8080", address)
        # Snippets write files, and a shell's python3 has to be this one, which has numpy.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        with tempfile.TemporaryDirectory() as folder:
            printed = subprocess.run(
                [*COMMANDS[language], code],
                stdout=subprocess.PIPE,
                text=True,
                check=True,
                cwd=folder,
                env=os.environ | {"PATH": path},
            ).stdout
        assert comparable(printed) == comparable(blocks[i + 1][1]), f"{snippet}\nprinted\n{printed}"
    return len(ours)


def comparable(text: str):
    """What does not differ from machine to machine, from call to call, or in the last digit between versions of Node."""
    text = re.sub(r"\d+\.\d{15,}", lambda number: f"{float(number[0]):.14g}", text)
    try:
        return json.loads(text) | {"parameters": None}
    except json.JSONDecodeError:
        return text.strip()
