"""Files of traffic: HAR files of any tool, records of runs (run.json), and folders of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from storepact.model.errors import NothingTested, UsageError
from storepact.model.exchange import Request, Response, is_whole
from storepact.model.files import read_bytes
from storepact.model.traffic import Traffic, TrafficEntry, TrafficRequest, TrafficResponse
from storepact.model.tree import Json
from storepact.record.store import read_record
from storepact.record.values import Record, RecordedExchange
from storepact.transport.har import read_har

_DECODER = json.JSONDecoder()

#: What is left of a JSON text where a parser stops, if the text is cut off there: nothing, a string without
#: its end, or the beginning of an escape, a literal or the rest of a number.
_CUT = re.compile(
    r'|"(?:[^"\\]|\\.)*\\?|\\?u?[0-9A-Fa-f]{0,4}|t(?:ru?)?|f(?:a(?:ls?)?)?|n(?:ul?)?|-|\.|[eE][+-]?',
    re.DOTALL,
)


def read_traffic(paths: Sequence[Path]) -> Iterator[Traffic]:
    """The traffic of each file; of a folder, its run.json or its HAR files.

    Raises:
        UsageError: a file cannot be read, is no JSON, or neither HAR nor a record.
        NothingTested: a folder holds none.

    """
    for path in paths:
        for file in _files(path):
            yield from _read(file)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    record = path / "run.json"
    files = sorted(path.glob("*.har")) or ([record] if record.is_file() else [])
    if not files:
        raise NothingTested(f"{path} holds neither a HAR file nor a run.json: nothing was judged")
    return files


def _read(path: Path) -> Sequence[Traffic]:
    try:
        content = read_bytes(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from None
    data = _parse(path, content)
    if isinstance(data, Mapping):
        if "format" in data and "findings" in data:
            return [_of_record(read_record(data, path), path)]
        traffic = read_har(data, str(path))
        if traffic is not None:
            return traffic
    raise UsageError(f"{path} is neither a HAR file (it has no log.entries) nor a run.json")


def _parse(path: Path, content: bytes) -> Json:
    """The value of a file: the fast parser first; it reads neither lone surrogates nor UTF-16."""
    if not content.strip():
        raise UsageError(f"{path} is empty: give a HAR file or a run.json")
    try:
        value: Json = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _parse_text(path, _text_of(content))
    return value


def _text_of(content: bytes) -> str:
    encoding = json.detect_encoding(content)
    try:
        return content.decode(encoding, "surrogatepass")
    except UnicodeDecodeError:
        return content.decode(encoding, "surrogateescape" if encoding.startswith("utf-8") else "replace")


def _parse_text(path: Path, text: str) -> Json:
    text = text.rstrip()
    start = len(text) - len(text.lstrip())
    try:
        value, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        if text.startswith("{", start) and _CUT.fullmatch(text, error.pos):
            problem = f"is cut off after {len(text):,} characters: record or copy it again"
        else:
            problem = f"is not JSON: line {error.lineno}, column {error.colno}; give a HAR file or a run.json"
        raise UsageError(f"{path} {problem}") from None
    except (ValueError, RecursionError):
        raise UsageError(f"{path} is not JSON that can be read; give a HAR file or a run.json") from None
    if end < len(text):
        further = len(text) - len(text[end:].lstrip())
        line = text.count("\n", 0, further) + 1
        raise UsageError(
            f"{path} holds more than one JSON value, as NDJSON does: the second begins at line {line}; a HAR "
            "file is one object with all exchanges in log.entries"
        )
    parsed: Json = value
    return parsed


def _of_record(record: Record, path: Path) -> Traffic:
    """The exchanges of a record's findings: nothing is known of what came before them."""
    exchanges = [finding.exchange for finding in record.findings if finding.exchange is not None]
    entries = [_entry(number, exchange, record) for number, exchange in enumerate(exchanges, 1)]
    return Traffic(str(path), tuple(entries), related=False)


def _entry(number: int, exchange: RecordedExchange, record: Record) -> TrafficEntry:
    request, response = exchange.request, exchange.response
    sent_whole = request.body is None or is_whole(request.body)
    received_whole = is_whole(response.body)
    body = None if request.body is None else request.body.encode("utf-8", "surrogatepass")
    sent = Request(request.method, request.path, request.headers, body)
    received = Response(
        response.status,
        response.headers,
        response.body.encode("utf-8", "surrogatepass") if received_whole else b"",
        response.ms / 1_000,
    )
    return TrafficEntry(
        number,
        TrafficRequest(record.base_url or "http://127.0.0.1", sent, has_body=sent_whole),
        TrafficResponse(received, received_whole) if response.status else None,
    )
