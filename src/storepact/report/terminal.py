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


#: The colours of cells that are a verdict or a severity, as codes of a terminal.
_CELLS = {
    **dict.fromkeys(("conforms", "gone"), "32"),
    **dict.fromkeys(("broken", "error", "still there"), "31"),
    **dict.fromkeys(("undetermined", "warning", "flaky"), "33"),
}


def width_of_output() -> int:
    """Columns of a terminal: COLUMNS if set, else its own, 80 where it has none; a pipe has no limit."""
    if not sys.stdout.isatty():
        return UNLIMITED
    return shutil.get_terminal_size((_USUAL_COLUMNS, 24)).columns or _USUAL_COLUMNS


def print_tables(tables: Iterable[Iterable[tuple[str, ...]]]) -> None:
    """Print tables, each its column titles and its rows; in a pipe a line for each row, tab-separated.

    Where output is in colours, titles are bold, and a verdict or a severity has its colour.
    """
    if sys.stdout.isatty():
        for rows in tables:
            _print_table(rows)
        return
    for rows in tables:
        titles, *body = rows
        print("\t".join(paint(title, "1") for title in titles))
        for row in body:
            print("\t".join(paint(cell, _CELLS.get(cell, "")) for cell in row))


def paint(text: str, code: str) -> str:
    """The text with a code of terminals around it, if output is in colours."""
    return f"\x1b[{code}m{text}\x1b[0m" if code and text and wants_color() else text


def _print_table(rows: Iterable[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    color = wants_color()
    console = Console(
        color_system="standard" if color else None,
        force_terminal=color,
        no_color=not color,
        width=width_of_output(),
        highlight=False,
        markup=False,
    )
    titles, *body = ([Text.from_ansi(paint(cell, _CELLS.get(cell, ""))) for cell in row] for row in rows)
    if console.width < _TABLE_COLUMNS:
        for name, *cells in body:
            console.print(name, style="bold" if color else None)
            for title, text in zip(titles[1:], cells, strict=True):
                console.print(Padding(Text.assemble(title, ": ", text), (0, 0, 0, 2)))
        return
    table = Table(box=None, pad_edge=False, header_style="bold" if color else "")
    for title in titles:
        table.add_column(title, no_wrap=title is titles[0], overflow="fold")
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
