"""The same seed makes the same cases, whatever the interpreter's string hashes are."""

from __future__ import annotations

import os
import subprocess
import sys

#: Prints a digest of the cases of every operation, variant and phase, one line for each.
SCRIPT = """
import hashlib
from storepact.engines.harness import Harness
from storepact.engines.questions import questions
from storepact.families import DEFAULT_FAMILY
from storepact.run.engine_options import engine_options
from storepact.run.settings import Settings
from storepact.transport.credentials import Credentials

options = engine_options(Settings(examples=2), "http://127.0.0.1:9")
harness = Harness(options, DEFAULT_FAMILY, Credentials(), kept={})
document = harness.document
for question in questions(document, DEFAULT_FAMILY, True):
    cases = []
    harness.case_generator.generate(question, cases.append)
    print(question, len(cases), hashlib.blake2b(repr(cases).encode(), digest_size=8).hexdigest())
"""


def start(hash_seed: str) -> subprocess.Popen[str]:
    """The script in an interpreter with this PYTHONHASHSEED."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT], env=environment, stdout=subprocess.PIPE, text=True
    )


def test_cases_do_not_depend_on_string_hashes() -> None:
    """Every operation, variant and phase has the same cases under three hash seeds."""
    processes = [start(hash_seed) for hash_seed in ("0", "1", "2")]
    outputs = [process.communicate()[0].splitlines() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len(outputs[0]) > 40, "too few questions"
    assert outputs[1] == outputs[0]
    assert outputs[2] == outputs[0]
