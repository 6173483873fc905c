"""How often does one generated case cross from package to package, from its generation to the run's log?

Usage: python benchmarks/packages.py [--path]

Sends the case `create with text for "on"` to the embedded mock and records every call between packages.
`model` and `openapi`, whose values every package reads, are not counted. With --path the path is printed.
The record of a run then crosses three more: assembled in `run`, kept in `record`, rendered in `report`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from types import FrameType

import storepact
from storepact.engines.harness import Harness
from storepact.engines.questions import Question
from storepact.families import DEFAULT_FAMILY
from storepact.mock.serve import serve
from storepact.model.case import Case
from storepact.run.engine_options import engine_options
from storepact.run.settings import Settings
from storepact.run.target import MOCK_CONDITIONS, MOCK_LIMITS, mock_credentials

ROOT = Path(storepact.__file__).parent
VALUES = ("model", "openapi")


def text_for_on(harness: Harness) -> Case:
    """The first generated create of a redis integration whose `on` is a text."""
    cases: list[Case] = []
    harness.case_generator.generate(Question("createIntegration", "redis", "coverage"), cases.append)
    return next(
        case for case in cases if isinstance(case.body, dict) and isinstance(case.body.get("on"), str)
    )


@contextmanager
def record_calls(packages: list[str]) -> Iterator[None]:
    """Append the package of every storepact function that is called."""

    def profile(frame: FrameType, event: str, _: object) -> None:
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(ROOT):
            packages.append(path.relative_to(ROOT).parts[0])

    sys.setprofile(profile)
    try:
        yield
    finally:
        sys.setprofile(None)


def trace() -> tuple[list[str], int]:
    """The packages that the case passes, in order, and the number of calls; the case was sent once before."""
    packages: list[str] = []
    with serve(conditions=MOCK_CONDITIONS) as running:
        running.configure(limits=MOCK_LIMITS)
        options = engine_options(Settings(), running.url)
        with Harness(options, DEFAULT_FAMILY, mock_credentials(running)) as harness:
            case = text_for_on(harness)
            harness.workspace.send_case(case, "conformance")
            with record_calls(packages):
                harness.workspace.send_case(case, "conformance")
    return [name for name, _ in groupby(name for name in packages if name not in VALUES)], len(packages)


def main() -> None:
    """Print the figures, and with --path the packages."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--path", action="store_true", help="print the packages in order")
    options = parser.parse_args()
    path, calls = trace()
    if options.path:
        print(" → ".join(path))
    print(f"{calls:,} calls, {len(path) - 1} moves between {len(set(path))} packages")


if __name__ == "__main__":
    main()
