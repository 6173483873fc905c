"""Tables and wrapped lines for a terminal or a pipe."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable

from storepact.model.presentation import wants_color
from storepact.report.escape import escape_control, neutralize_ci

#: Columns that a table needs; a narrower terminal gets a paragraph for each row.
_TABLE_COLUMNS = 90

#: Columns of a terminal that does not say how many it has.
_USUAL_COLUMNS = 80

#: Columns of output that does not go to a terminal: its lines are not wrapped.
UNLIMITED = 1_000_000


def width_of_output() -> int:
    """Columns of a terminal: COLUMNS if set, else its own, 80 where it has none; a pipe has no limit."""
    if not sys.stdout.isatty():
        return UNLIMITED
    return shutil.get_terminal_size((_USUAL_COLUMNS, 24)).columns or _USUAL_COLUMNS


def print_tables(tables: Iterable[Iterable[tuple[str, ...]]]) -> None:
    """Print tables, each its column titles and its rows; in a pipe a line for each row, tab-separated."""
    if not sys.stdout.isatty():
        for rows in tables:
            print("\n".join("\t".join(row) for row in rows))
        return
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table

    console = Console(no_color=not wants_color(), width=width_of_output(), highlight=False, markup=False)
    for rows in tables:
        titles, *body = rows
        if console.width < _TABLE_COLUMNS:
            for name, *cells in body:
                console.print(name, style="bold")
                for title, text in zip(titles[1:], cells, strict=True):
                    console.print(Padding(f"{title}: {text}", (0, 0, 0, 2)))
            continue
        table = Table(box=None, pad_edge=False, header_style="bold")
        for title in titles:
            table.add_column(title, no_wrap=title == titles[0], overflow="fold")
        for row in body:
            table.add_row(*row)
        console.print(table)


def print_paragraphs(lines: Iterable[str]) -> None:
    """Print lines wrapped at the width of a terminal, continuations indented; in a pipe each as one line."""
    width = width_of_output()
    for line in lines:
        indent = " " * (len(line) - len(line.lstrip()))
        print(neutralize_ci("\n".join(wrap(line.strip(), width, indent, f"{indent}  "))))


def wrap(text: str, width: int, indent: str = "", continuation: str = "") -> list[str]:
    """Wrap a text at `width` columns, at least 30; words are not broken. Control characters are escaped."""
    return textwrap.wrap(
        escape_control(text),
        max(width, 30),
        initial_indent=indent,
        subsequent_indent=continuation,
        break_long_words=False,
        break_on_hyphens=False,
    )
