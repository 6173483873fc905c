"""Writing files whole or not at all, and reading records back."""

from __future__ import annotations

import json
import os
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from storepact.model.errors import RecordUnusable, ReportFolderUnusable, UsageError
from storepact.record.recorder import FORMAT

#: The version of teeth.json.
TEETH = 1


def write_whole(path: Path, text: str) -> None:
    """Put a text into a file in one step: a reader sees the old one or the new one, never half of it.

    Raises:
        ReportFolderUnusable: the folder cannot be written.

    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
                file.write(text)
            os.chmod(name, 0o644)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ReportFolderUnusable(path.parent, error.strerror or str(error)) from None


def usable_folder(folder: Path) -> Path:
    """The folder, made if need be and proven writable.

    Raises:
        ReportFolderUnusable: it is not.

    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ReportFolderUnusable(folder, error.strerror or str(error)) from None
    return folder


def dump(record: dict[str, Any]) -> str:
    """A record as text: sorted, so that two of the same run are the same bytes."""
    return json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def load_record(path: Path) -> dict[str, Any]:
    """Read a run.json; of a report folder, the one in it.

    Raises:
        RecordUnusable: not a record, or of a format that this version does not know.

    """
    if path.is_dir():
        path /= "run.json"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecordUnusable(path, f"cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError):
        raise RecordUnusable(path, "is not JSON") from None
    return checked_record(record, path)


def checked_record(record: Any, where: object) -> dict[str, Any]:
    """A record, proven to be one.

    Raises:
        RecordUnusable: it is none, or of a format that this version does not know; `where` is named.

    """
    if not isinstance(record, dict) or "format" not in record:
        raise RecordUnusable(where, "is not a record of a run")
    if record["format"] != FORMAT:
        raise RecordUnusable(where, f"has format {record['format']!r}, this version reads format {FORMAT}")
    error = next(_schema().iter_errors(record), None)
    if error is not None:
        place = "/".join(map(str, error.instance_path)) or "the record"
        raise RecordUnusable(where, f"is damaged: {place}: {error.message[:160]}")
    told = sorted(name for cause in record["causes"] for name in cause["fingerprints"])
    if told != sorted(finding["fingerprint"] for finding in record["findings"]):
        raise RecordUnusable(where, "is damaged: its causes and its findings do not belong together")
    return record


@lru_cache
def _schema() -> Any:
    """The JSON Schema of run.json, ready to judge."""
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(
        json.loads(Path(__file__).with_name("run.schema.json").read_text(encoding="utf-8"))
    )


def load_drift(path: Path) -> dict[str, Any]:
    """What `storepact drift` wrote of the published document.

    Raises:
        UsageError: it is not there, or something else.

    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        why = getattr(error, "strerror", None) or "it is not JSON"
        raise UsageError(
            f"--drift {path} cannot be read: {why}; `storepact drift --report-dir` writes one"
        ) from None
    if not isinstance(found, dict) or not {"published", "breaking", "differences"} <= found.keys():
        raise UsageError(f"--drift {path} is no drift.json: `storepact drift --report-dir` writes one")
    return found


def load_teeth(path: Path) -> dict[str, Any] | None:
    """What the last proof in a report folder showed; None if there is none that this version can read."""
    try:
        proof = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return proof if isinstance(proof, dict) and proof.get("format") == TEETH else None
