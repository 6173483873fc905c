"""What storepact-mock costs a consumer: packages, megabytes, and the start of pytest with its plugin.

Usage: python benchmarks/mock_package.py [--pairs N]. It builds the wheel, installs it with pytest into an
empty environment, and starts pytest with and without the plugin in turn.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "packages" / "storepact-mock"

#: What venv itself puts into an environment.
OF_VENV = {"pip", "setuptools", "wheel"}


def seconds(python: Path, folder: Path, *options: str) -> float:
    """How long pytest takes for an empty test."""
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, "test_nothing.py"]
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=15)
    pairs = parser.parse_args().pairs
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
        python = folder / "venv" / "bin" / "python"
        constraints = ROOT / ".ci" / "constraints.txt"
        install = [python, "-m", "pip", "install", "-q", "-c", constraints, PACKAGE, "pytest"]
        subprocess.run(install, check=True)
        listed = subprocess.run(
            [python, "-m", "pip", "list", "--format=freeze"], check=True, capture_output=True, text=True
        )
        packages = [line.partition("==")[0] for line in listed.stdout.splitlines()]
        packages = [package for package in packages if package.lower() not in OF_VENV]
        files = [path for path in (folder / "venv" / "lib").rglob("*") if path.is_file()]
        size = sum(
            path.stat().st_size
            for path in files
            if not OF_VENV & set(path.relative_to(folder).parts) and path.suffix != ".pyc"
        )
        print(f"{len(packages)} packages, pytest's own included: {', '.join(packages)}")
        print(f"{size / 1e6:.0f} MB without pip, setuptools and compiled files")
        (folder / "test_nothing.py").write_text("def test_nothing(): pass\n", encoding="utf-8")
        seconds(python, folder)
        differences = [
            seconds(python, folder) - seconds(python, folder, "-p", "no:storepact_mock") for _ in range(pairs)
        ]
        print(f"start of pytest: {statistics.median(differences):+.3f} s (median of {pairs} pairs)")


if __name__ == "__main__":
    main()
