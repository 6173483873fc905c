"""Why a file is neither YAML nor JSON, and in which line."""

from __future__ import annotations

import codecs
import json

import yaml


def describe_json(content: bytes, where: object) -> tuple[str, int] | None:
    """What is wrong with a file that should be JSON, and the line; None if it may be YAML as well."""
    if content[:1] not in (b"{", b"[") or not str(where).lower().endswith(".json"):
        return None
    try:
        json.loads(content)
    except json.JSONDecodeError as error:
        return f"is not valid JSON: {error.msg}", error.lineno
    except (ValueError, RecursionError):
        pass
    return None


def describe_character(content: bytes) -> tuple[str, int]:
    """What the first character is that YAML cannot have, and its line."""
    encoding = "utf-16" if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as failure:
        before = content[: failure.start].decode(encoding)
        return f"is not a text in {encoding.upper()}: save it as UTF-8", before.count("\n") + 1
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    line = text.count("\n", 0, found.start() if found else 0) + 1
    return "has a control character, which YAML does not allow", line
