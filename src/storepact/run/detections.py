"""Which test of the gate caught each fault of the mock before: a proof begins with it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from storepact.model.errors import UsageError
from storepact.model.files import read_text
from storepact.model.paths import data_path
from storepact.record.store import write_whole
from storepact.run.prover import FaultResult


class DetectionsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """suites/detections.json."""

    format: Literal[1]
    detections: dict[str, str]
    """The name of a test by the name of the fault that it caught."""


def shipped_detections() -> Path:
    """The file that ships with storepact."""
    return data_path("suites", "detections.json")


def read_detections(path: Path) -> dict[str, str]:
    """The name of a test by the name of a fault; empty if there is no such file.

    Raises:
        UsageError: the file is damaged, or cannot be read.

    """
    try:
        data = json.loads(read_text(path))
        return msgspec.convert(data, DetectionsFile).detections
    except FileNotFoundError:
        return {}
    except OSError as error:
        problem = f"cannot be read: {error.strerror or error}"
    except json.JSONDecodeError as error:
        problem = f"is no JSON: {error.msg} in line {error.lineno}"
    except (ValueError, RecursionError) as error:
        problem = f"lists no detections: {error}"
    raise UsageError(f"{path} {problem}; delete it, and a proof with --detections {path} makes it anew")


def write_detections(path: Path, before: Mapping[str, str], results: Iterable[FaultResult]) -> None:
    """Write what caught the faults of a proof; of other faults stays what was there before.

    Raises:
        ReportFolderUnusable: the file cannot be written.

    """
    detections = {**before, **{result.fault: result.question for result in results}}
    entries = {fault: test for fault, test in sorted(detections.items()) if test}
    lines = ",\n".join(f"    {json.dumps(fault)}: {json.dumps(test)}" for fault, test in entries.items())
    whole = f"{{\n{lines}\n  }}" if lines else "{}"
    write_whole(path, f'{{\n  "format": 1,\n  "detections": {whole}\n}}\n')


def late_detections(before: Mapping[str, str], results: Iterable[FaultResult]) -> list[str]:
    """The faults that another test caught than the one that a proof began with."""
    return [
        result.fault for result in results if result.caught and before.get(result.fault) != result.question
    ]
