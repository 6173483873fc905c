"""How many interpreters one run starts."""

from __future__ import annotations

import os
from pathlib import Path

from commands import run

#: Loaded by every Python that starts with its folder on the path: adds a line for the process to a file.
RECORDER = """
import os, sys
with open(os.environ["RECORDED_PROCESSES"], "a") as file:
    file.write(" ".join(sys.orig_argv[1:3]) + "\\n")
"""


def test_verify_starts_one_interpreter_beside_the_mocks(tmp_path: Path) -> None:
    """`storepact verify` is one process, the embedded mock another one; there is no third one."""
    (tmp_path / "sitecustomize.py").write_text(RECORDER, encoding="utf-8")
    processes = tmp_path / "processes"
    environment = {
        "RECORDED_PROCESSES": str(processes),
        "PYTHONPATH": os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH", "")))),
    }
    result = run("verify", "--suite", "document", "--history", "none", cwd=tmp_path, environment=environment)
    assert result.returncode == 0, result.stderr
    assert processes.read_text(encoding="utf-8").splitlines() == [
        "-m storepact",
        "-m storepact.run.mock_process",
    ]
