"""Records as a history keeps them: compressed JSON, without the proof, which is no part of the run."""

from __future__ import annotations

import json
import zlib

import msgspec

from storepact.model.tree import Json
from storepact.record.values import Record


def pack_record(record: Record) -> bytes:
    """Return the bytes that the database keeps."""
    data = msgspec.to_builtins(msgspec.structs.replace(record, teeth=None))
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode("utf-8", "surrogatepass"), 6)


def unpack_data(packed: bytes) -> Json:
    """Return the plain data of a record, of whatever format it was written in.

    Raises:
        zlib.error: the bytes are damaged.
        ValueError: they are not JSON.

    """
    return json.loads(zlib.decompress(packed).decode("utf-8", "surrogatepass"))


def fingerprints_of(packed: bytes) -> set[str]:
    """Return the fingerprints of the findings of a record, of whatever format."""
    return {finding["fingerprint"] for finding in unpack_data(packed)["findings"]}
