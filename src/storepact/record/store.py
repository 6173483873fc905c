"""Files of the report folder: written atomically, read with one clear error."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import msgspec

from storepact.model.errors import RecordUnusable, ReportFolderUnusable, UsageError
from storepact.model.files import read_text
from storepact.record.upgrade import upgrade
from storepact.record.values import FORMAT, DriftRecord, ProofRecord, Record


def write_whole(path: Path, text: str, *, private: bool = False) -> None:
    """Write a text to a file in one step: a reader sees the old text or the new one, never a part.

    Only the owner can read a `private` one: it holds what a live target has answered.

    Raises:
        ReportFolderUnusable: the folder cannot be written.

    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
                file.write(text)
            os.chmod(name, 0o600 if private else 0o644)
            os.replace(name, path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ReportFolderUnusable(path.parent, error.strerror or str(error)) from None


def usable_folder(folder: Path, *, private: bool = False) -> Path:
    """Create a folder where there is none, and return it; only its owner can read a `private` one.

    Raises:
        ReportFolderUnusable: it cannot be written.

    """
    try:
        if private and not folder.exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ReportFolderUnusable(folder, error.strerror or str(error)) from None
    return folder


def dump(value: object) -> str:
    """Return a struct or plain data as JSON text with sorted names: equal values have equal bytes."""
    # json writes an indented text in Python, and one without in C
    plain = msgspec.to_builtins(value)
    text = json.dumps(plain, sort_keys=True, ensure_ascii=False)
    try:
        return msgspec.json.format(text, indent=1) + "\n"
    except (msgspec.DecodeError, UnicodeEncodeError):  # a lone surrogate, or NaN
        return json.dumps(plain, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def load_record(path: Path) -> Record:
    """Read a run.json, or the one in a report folder.

    Raises:
        RecordUnusable: it is not a record, or of a format that this version does not read.

    """
    if path.is_dir():
        path /= "run.json"
    text = ""
    try:
        text = read_text(path)
        data = json.loads(text)
    except OSError as error:
        raise RecordUnusable(path, f"cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise RecordUnusable(path, "is not JSON") from None
    except (ValueError, RecursionError):
        raise RecordUnusable(path, "is not JSON" if text.strip() else "is empty") from None
    return read_record(data, path)


def read_record(data: object, source: object) -> Record:
    """Return the record that plain data stands for; errors name its `source`.

    Raises:
        RecordUnusable: it is not a record, or of a format that this version does not read.

    """
    if not isinstance(data, dict) or "format" not in data:
        raise RecordUnusable(source, "is not a record of a run")
    if data["format"] != FORMAT:
        is_newer = isinstance(data["format"], int) and data["format"] > FORMAT
        problem = f"has format {data['format']!r}, this version reads format {FORMAT}"
        if is_newer:
            raise RecordUnusable(source, problem, "a newer storepact wrote it: upgrade")
        raise RecordUnusable(source, problem)
    try:
        record = msgspec.convert(upgrade(data), Record)
    except (msgspec.ValidationError, UnicodeError) as error:
        raise RecordUnusable(source, f"is damaged: {str(error)[:160]}") from None
    members = sorted(fingerprint for cause in record.causes for fingerprint in cause.fingerprints)
    if members != sorted(finding.fingerprint for finding in record.findings):
        raise RecordUnusable(source, "is damaged: its causes and its findings do not belong together")
    return record


def load_drift(path: Path) -> DriftRecord:
    """Read the drift.json that `storepact drift` wrote.

    Raises:
        UsageError: it cannot be read, or is something else.

    """
    hint = "`storepact drift --report-dir` writes one"
    try:
        return msgspec.convert(json.loads(read_text(path)), DriftRecord)
    except msgspec.ValidationError:
        raise UsageError(f"--drift {path} is no drift.json: {hint}") from None
    except OSError as error:
        raise UsageError(f"--drift {path} cannot be read: {error.strerror or error}; {hint}") from None
    except (ValueError, RecursionError):
        raise UsageError(f"--drift {path} cannot be read: it is not JSON; {hint}") from None


def load_teeth(path: Path) -> ProofRecord | None:
    """Read the proof in a report folder; None where there is none that this version can read."""
    try:
        return msgspec.convert(json.loads(path.read_text(encoding="utf-8")), ProofRecord)
    except (OSError, ValueError, RecursionError, msgspec.ValidationError):
        return None
