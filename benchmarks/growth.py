"""How long does the gate take where the list of the provider grows with every create?

    python benchmarks/growth.py [FAULT ...]

Runs `storepact verify` on a mock with each fault: by default one whose deletes do nothing, one whose list
keeps what was deleted, and one without a fault. Prints seconds, seconds of CPU without the mock, exchanges,
causes, and the exit code. POSIX only.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from storepact.families import mock_definition
from storepact.mock.options import MockOptions
from storepact.mock.serve import serve
from storepact.run.target import MOCK_CONDITIONS, MOCK_LIMITS

FAULTS = ("delete-keeps", "list-shows-deleted", "")


def measure(fault: str) -> None:
    """Run the gate once on a mock with a fault, as on a live target, and print a line."""
    options = MockOptions(faults=(fault,) if fault else (), limits=MOCK_LIMITS)
    with serve(options, conditions=MOCK_CONDITIONS) as running, tempfile.TemporaryDirectory() as folder:
        writer, reader = running.tokens["writer"], running.tokens["reader"]
        arguments = ["--target", running.url, "--allow-writes", "--history", "none", "--report-dir", folder]
        before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        process = subprocess.run(
            [sys.executable, "-m", "storepact", "verify", *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "STOREPACT_TOKEN": writer, "STOREPACT_READER_TOKEN": reader},
        )
        seconds, spent = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
        record = json.loads(Path(folder, "run.json").read_text()) if process.returncode in (0, 1) else {}
    cpu = spent.ru_utime + spent.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{fault or 'no fault':20} {seconds:6.1f} s, {cpu:5.1f} s CPU, {record.get('exchanges_total')} "
        f"exchanges, {len(record.get('causes', ()))} causes, exit code {process.returncode}",
        flush=True,
    )
    if process.returncode not in (0, 1):
        print(process.stdout, process.stderr)


def main() -> None:
    """Measure each fault of the command line; one that does not exist is wrong usage."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("faults", nargs="*", default=FAULTS, metavar="FAULT")
    faults = parser.parse_args().faults
    names = {fault.name for fault in mock_definition().faults}
    unknown = sorted(set(faults) - names - {""})
    if unknown:
        parser.error(f"no fault {unknown[0]!r}; `storepact mock --list-faults` lists them")
    for name in faults:
        measure(name)


if __name__ == "__main__":
    main()
