"""Reports: pure functions from a record to text. FORMATS is the table of them; `write_files` writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from storepact.model.errors import UnknownName
from storepact.report.format import Format, RenderOptions

if TYPE_CHECKING:
    from storepact.record.values import Record

__all__ = [
    "FORMATS",
    "Format",
    "RenderOptions",
    "find_format",
    "load_reports",
    "write_files",
    "write_reports",
]

_Render: TypeAlias = "Callable[[Record, RenderOptions], str]"


def _render_of(module: str) -> _Render:
    """The function `render` of a module of this package, which is loaded when a report is made."""

    def render(record: Record, options: RenderOptions) -> str:
        function: _Render = import_module(f"storepact.report.{module}").render
        return function(record, options)

    return render


#: Every format of a report. `storepact report --format`, its help and the files of the folder follow from it.
FORMATS = (
    Format("html", "report.html", "people", _render_of("html")),
    Format("junit", "junit.xml", "any CI server", _render_of("junit")),
    Format("markdown", "summary.md", "a pull request or a job's summary page", _render_of("markdown")),
    Format("sarif", "storepact.sarif", "code scanning", _render_of("sarif")),
    Format("annotations", None, "GitHub Actions", _render_of("annotate")),
    Format("console", None, "a terminal", _render_of("console")),
)


def find_format(name: str) -> Format:
    """The format of a name.

    Raises:
        UnknownName: there is none of that name.

    """
    formats = {row.name: row for row in FORMATS}
    if name not in formats:
        raise UnknownName("format", name, tuple(formats))
    return formats[name]


def load_reports() -> None:
    """Import what `write_reports` needs, and compile the page: it is done sooner then."""
    for name in ("junit", "markdown", "sarif"):
        import_module(f"storepact.report.{name}")
    import_module("storepact.report.html").load_template()


def write_reports(record: Record, options: RenderOptions) -> tuple[str, ...]:
    """Write every format that has a file, and the comparison if there is one, into the folder of `options`.

    Returns the names of the files.

    Raises:
        ReportFolderUnusable: the folder cannot be written.

    """
    files = {row.file: row.render(record, options) for row in FORMATS if row.file is not None}
    if record.comparison is not None:
        from storepact.report import compare

        files |= compare.render_files(record.comparison, report="report.html")
    return write_files(files, options.folder, private=record.is_private)


def write_files(files: Mapping[str, str], folder: Path, *, private: bool = False) -> tuple[str, ...]:
    """Write texts by the names of their files, each file whole or not at all; return the names.

    Only their owner can read `private` ones.

    Raises:
        ReportFolderUnusable: the folder cannot be written.

    """
    from storepact.record.store import write_whole

    for name, text in files.items():
        write_whole(folder / name, text, private=private)
    return tuple(files)
