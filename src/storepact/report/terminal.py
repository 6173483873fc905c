"""Tables and widths for a terminal, and for a pipe."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Iterable

from storepact.report.escape import harmless, visible

#: Columns that a table needs; a narrower terminal gets a paragraph for each row.
_WIDE = 90


def width_of_output() -> int:
    """Columns of standard output: as COLUMNS says, or the terminal; 100 in a pipe."""
    told = os.environ.get("COLUMNS", "")
    if told.isdigit() and int(told) > 0:
        return int(told)
    return os.get_terminal_size().columns if sys.stdout.isatty() else 100


def print_tables(tables: Iterable[Iterable[tuple[str, ...]]]) -> None:
    """Tables that fit a terminal; in a pipe a line for each row, columns apart by tabs."""
    if not sys.stdout.isatty():
        for rows in tables:
            print("\n".join("\t".join(row) for row in rows))
        return
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table

    console = Console(no_color=bool(os.environ.get("NO_COLOR")), highlight=False, markup=False)
    for rows in tables:
        head, *body = rows
        if console.width < _WIDE:
            for name, *rest in body:
                console.print(name, style="bold")
                for title, text in zip(head[1:], rest, strict=True):
                    console.print(Padding(f"{title}: {text}", (0, 0, 0, 2)))
            continue
        table = Table(box=None, pad_edge=False, header_style="bold")
        for name in head:
            table.add_column(name, no_wrap=name == head[0], overflow="fold")
        for row in body:
            table.add_row(*row)
        console.print(table)


def print_wrapped(lines: Iterable[str]) -> None:
    """Lines wrapped at the width of the output, what is wrapped indented below its beginning."""
    width = max(width_of_output(), 30)
    for line in lines:
        indent = " " * (len(line) - len(line.lstrip()))
        wrapped = textwrap.wrap(
            visible(line.strip()),
            width,
            initial_indent=indent,
            subsequent_indent=f"{indent}  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        print(harmless("\n".join(wrapped)))
