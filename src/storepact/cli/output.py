"""What commands print."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from storepact.cli.options import REPORT_DIR
from storepact.model.outcome import Verdict
from storepact.model.presentation import presentation, wants_color
from storepact.report.format import RenderOptions
from storepact.report.terminal import width_of_output

Compared = TypeVar("Compared")

#: The styles of the last line of a result, as codes of a terminal.
_STYLES = {Verdict.CONFORMS: "1;32", Verdict.BROKEN: "1;31", Verdict.UNDETERMINED: "1;33"}


def render_options(folder: Path | None) -> RenderOptions:
    """How to render a run on standard output; without a folder its reports are not written."""
    chosen = presentation()
    return RenderOptions(
        folder or REPORT_DIR,
        has_reports=folder is not None,
        width=width_of_output(),
        color=wants_color(),
        verbose=chosen.verbose,
        quiet=chosen.quiet,
    )


def print_text(text: str) -> None:
    """Print a text that ends with a line break already."""
    sys.stdout.write(text)


def print_result(text: str, verdict: Verdict) -> None:
    """Print a text whose last line says what the verdict is, that line in its colour."""
    *lines, last = text.rstrip("\n").split("\n")
    if wants_color():
        last = f"\x1b[{_STYLES[verdict]}m{last}\x1b[0m"
    print_text("\n".join([*lines, last, ""]))


def print_comparison(
    data: Compared,
    verdict: Verdict,
    whole: Callable[[Compared, int], str],
    titles: Callable[[Compared, int], str],
    *,
    as_json: bool,
) -> None:
    """Print what a comparison led to: as JSON, as titles where the command is quiet, or as a whole."""
    if as_json:
        print_json(data)
        return
    render = titles if presentation().quiet else whole
    print_result(render(data, width_of_output()), verdict)


def print_json(data: object) -> None:
    """Print a struct or plain data as JSON."""
    from storepact.record.store import dump

    print_text(dump(data))


def print_note(text: str) -> None:
    """Print what is no part of a result, on standard error; nothing where only the result is asked for."""
    if not presentation().quiet:
        print(f"storepact: {text}", file=sys.stderr)
