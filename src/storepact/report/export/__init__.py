"""Stories of a run as files that run without storepact: pytest, a shell script, a `.http` file, HAR."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from storepact.model.errors import UnknownName
from storepact.report.export import curl_script, har_file, http_file, pytest_file
from storepact.report.export.story import ExportedStory, ExportSource


@dataclass(frozen=True)
class ExportFormat:
    """One format of exported stories."""

    name: str
    file: str
    """The usual name of the file."""
    purpose: str
    render: Callable[[ExportSource, Sequence[ExportedStory]], str]


#: Every format. `storepact export --as`, its help and docs/replay.md follow from it.
EXPORT_FORMATS = (
    ExportFormat("pytest", "test_storepact.py", "pytest with httpx", pytest_file.render),
    ExportFormat("curl", "storepact.sh", "any POSIX shell with curl", curl_script.render),
    ExportFormat("http", "storepact.http", "REST clients of editors", http_file.render),
    ExportFormat("har", "storepact.har", "tools that read HAR 1.2", har_file.render),
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
