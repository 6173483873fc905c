"""Stories of a run as files that run without storepact: pytest, a shell script, a `.http` file, HAR."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

from storepact.model.errors import UnknownName
from storepact.model.values import lean_value

if TYPE_CHECKING:
    from storepact.report.export.story import ExportedStory, ExportSource

_Render: TypeAlias = "Callable[[ExportSource, Sequence[ExportedStory]], str]"


@lean_value(frozen=True)
class ExportFormat:
    """One format of exported stories."""

    name: str
    file: str
    """The usual name of the file."""
    purpose: str
    render: _Render


def _render_of(module: str) -> _Render:
    """The function `render` of a module of this package, which is loaded when a file is written."""

    def render(source: ExportSource, stories: Sequence[ExportedStory]) -> str:
        function: _Render = import_module(f"storepact.report.export.{module}").render
        return function(source, stories)

    return render


#: Every format. `storepact export --as`, its help and docs/replay.md follow from it.
EXPORT_FORMATS = (
    ExportFormat("pytest", "test_storepact.py", "pytest with httpx", _render_of("pytest_file")),
    ExportFormat("curl", "storepact.sh", "any POSIX shell with curl", _render_of("curl_script")),
    ExportFormat("http", "storepact.http", "REST clients of editors", _render_of("http_file")),
    ExportFormat("har", "storepact.har", "tools that read HAR 1.2", _render_of("har_file")),
)


def find_export_format(name: str) -> ExportFormat:
    """The format of a name.

    Raises:
        UnknownName: there is none of that name.

    """
    formats = {row.name: row for row in EXPORT_FORMATS}
    if name not in formats:
        raise UnknownName("format", name, tuple(formats))
    return formats[name]
