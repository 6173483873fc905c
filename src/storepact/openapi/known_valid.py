"""Documents that are known to be valid OpenAPI: by digest, in the user's cache folder.

The validator's library takes longer to load than a document to check, and a document rarely changes. Only a
document without any error is noted; another version of the validator checks it again.
"""

from __future__ import annotations

import hashlib
import json
import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from storepact.openapi.document import Document

_VALIDATORS = ("openapi-spec-validator", "openapi-schema-validator")


def validity_note(document: Document) -> Path | None:
    """The file that exists if this document is known to be valid; None if none can be kept."""
    try:
        text = json.dumps(document.data, separators=(",", ":"))
        source = hashlib.sha256(document.source.content).hexdigest()  # the data lacks names that stand twice
        parts = (text, source, *map(version, _VALIDATORS))
        caches = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    except (OSError, TypeError, ValueError, RecursionError, RuntimeError, PackageNotFoundError):
        return None
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
    return Path(caches, "storepact", "valid-documents", digest)


def has_note(note: Path | None) -> bool:
    """Whether the note of a document exists."""
    try:
        return note is not None and note.is_file()
    except OSError:
        return False


def keep_note(note: Path | None) -> None:
    """Note that a document is valid; where the folder cannot be written, it is checked again next time."""
    if note is None:
        return
    try:
        note.parent.mkdir(parents=True, exist_ok=True)
        note.touch()
    except OSError:
        return
