"""HAR files: the traffic that browsers, proxies and other tools have recorded, as they really write it.

Recordings often lack what the format requires, and have members without a definition in it (pseudo headers
of HTTP/2, sizes of -1, bodies in base64 without a note). What was not recorded
differs from what was not sent.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import SplitResult, quote, urlencode, urlsplit

from storepact.model.exchange import NOT_JSON, Headers, Request, Response, json_of
from storepact.model.traffic import Traffic, TrafficEntry, TrafficRequest, TrafficResponse
from storepact.model.tree import Json
from storepact.transport.content import CodingUnknown, read_body
from storepact.transport.har_writer import CREATOR, EXPORTER

_UNSAFE = "/%:=&?~#+!$,;'@()*[]"
_USUAL_PORTS = {"http": 80, "https": 443}
_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*):")
_WITH_BODY = ("POST", "PUT", "PATCH")
_FORM = "application/x-www-form-urlencoded"


def read_har(data: Mapping[str, Json], name: str) -> list[Traffic] | None:
    """The traffic of a parsed HAR file, in the order in which its requests began; None if it is no HAR.

    Of a file that `export` wrote it is one for each story.
    """
    log = data.get("log")
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(log, dict) or not isinstance(entries, list):
        return None
    creator = log.get("creator")
    author = creator.get("name") if isinstance(creator, dict) else None
    read = _with_known_tokens([_entry(number, entry) for number, entry in enumerate(entries, 1)])
    if author == EXPORTER:
        return [Traffic(name, tuple(_in_order(story))) for story in _stories(entries, read)]
    return [Traffic(name, tuple(_in_order(read)), complete=author == CREATOR)]


def _stories(entries: Sequence[Json], read: Sequence[TrafficEntry]) -> Iterator[list[TrafficEntry]]:
    """The entries of each page."""
    pages: dict[str, list[TrafficEntry]] = {}
    for entry, traffic in zip(entries, read, strict=True):
        page = entry.get("pageref") if isinstance(entry, dict) else None
        pages.setdefault(str(page), []).append(traffic)
    yield from pages.values()


def _with_known_tokens(entries: Sequence[TrafficEntry]) -> list[TrafficEntry]:
    """The entries; where no request shows a token, browsers and the like have left all of them out."""
    requests = [entry.request for entry in entries if entry.request is not None]
    if any(request.request.header("Authorization") is not None for request in requests):
        return list(entries)
    return [
        entry
        if entry.request is None
        else replace(entry, request=replace(entry.request, has_authorization=False))
        for entry in entries
    ]


def _in_order(entries: list[TrafficEntry]) -> list[TrafficEntry]:
    """The entries by the time of their begin; in the order of the file where times are missing."""
    times = [entry.started for entry in entries if entry.request is not None]
    if not all(times):
        return [replace(entry, started=0.0, ended=0.0) for entry in entries]
    entries = sorted(entries, key=lambda entry: entry.started)
    if len(times) > 1 and all(time == int(time) for time in times):  # what overlapped is not known
        return [replace(entry, started=0.0, ended=0.0) for entry in entries]
    return entries


def _entry(number: int, entry: Json) -> TrafficEntry:
    unreadable = TrafficEntry(number, None, None)
    if not isinstance(entry, dict):
        return unreadable
    request, response = entry.get("request"), entry.get("response")
    sent = _request(request) if isinstance(request, dict) else None
    if sent is None:
        is_other = isinstance(request, dict) and _is_of_other_protocol(request.get("url"))
        return replace(unreadable, other_protocol=is_other)
    started, seconds = _time(entry.get("startedDateTime")), _number(entry.get("time")) / 1_000
    received = _response(response, seconds) if isinstance(response, dict) else None
    cached = bool(entry.get("_fromCache") or entry.get("_fromDiskCache") or entry.get("fromCache"))
    return TrafficEntry(number, sent, received, started, started + max(seconds, 0.0), cached)


def _request(request: Mapping[str, Any]) -> TrafficRequest | None:
    url, method = request.get("url"), request.get("method")
    place = _place(url) if isinstance(url, str) else None
    if place is None or not isinstance(method, str) or not method:
        return None
    headers = _headers(request.get("headers"))
    origin, path, has_query = place
    query = "" if has_query else _query(request.get("queryString"))
    if query:
        path += f"?{quote(query, safe=_UNSAFE)}"
    body, has_body = _sent_body(request, headers)
    return TrafficRequest(
        origin,
        Request(method.upper(), path, headers, body),
        has_headers=bool(headers),
        has_body=has_body,
    )


@lru_cache(4_000)
def _place(url: str) -> tuple[str, str, bool] | None:
    """Origin, path with its query, and whether it has one, of an absolute URL; None where it is none."""
    try:
        parts = urlsplit(url)
        authority = _authority(parts) if parts.scheme and parts.hostname else ""
        path = quote(parts.path or "/", safe=_UNSAFE)
        if parts.query:
            path += f"?{quote(parts.query, safe=_UNSAFE)}"
    except ValueError:
        return None
    is_http = authority and parts.scheme.lower() in _USUAL_PORTS
    return (f"{parts.scheme.lower()}://{authority}", path, bool(parts.query)) if is_http else None


def origin_of(url: str) -> str | None:
    """Scheme, host and port of an absolute URL of HTTP; None where it is none."""
    place = _place(url)
    return place[0] if place else None


def _is_of_other_protocol(url: object) -> bool:
    """Whether a URL is of another protocol than HTTP, such as `wss:`, or of none, such as `data:`."""
    match = _SCHEME.match(url) if isinstance(url, str) else None
    return match is not None and match[1].lower() not in _USUAL_PORTS


def _authority(parts: SplitResult) -> str:
    """Host and port, without credentials, and without the scheme's own port."""
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    usual = _USUAL_PORTS.get(parts.scheme.lower())
    return host if parts.port in (None, usual) else f"{host}:{parts.port}"


def _query(items: object) -> str:
    pairs = [
        (str(item.get("name")), str(item.get("value", "")))
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, dict)
    ]
    return urlencode(pairs)


def _headers(items: object) -> Headers:
    """Name and value of each header; the pseudo headers of HTTP/2 are none."""
    if isinstance(items, dict):  # some tools write an object
        items = [{"name": name, "value": value} for name, value in items.items()]
    headers = []
    for item in items if isinstance(items, list) else ():
        name = item.get("name") if isinstance(item, dict) else None
        if isinstance(name, str) and name and not name.startswith(":"):
            value = item.get("value", "")
            headers.append((name, value if isinstance(value, str) else "" if value is None else str(value)))
    return _shared(tuple(headers))


@lru_cache(1_000)
def _shared(headers: Headers) -> Headers:
    """Equal headers as one object: most requests of a client have the same."""
    return headers


def _first(headers: Headers, name: str) -> str | None:
    return next((value for key, value in headers if key.lower() == name), None)


def _sent_body(request: Mapping[str, Any], headers: Headers) -> tuple[bytes | None, bool]:
    """The body of a request, None if none was sent or recorded, and whether that is known."""
    data = request.get("postData")
    size = max(_number(request.get("bodySize")), _number(_first(headers, "content-length")))
    if isinstance(data, dict):
        body = _bytes(data)
        if body is not None:
            return (None, False) if _is_cut(body, size) else (body or None, True)
        if isinstance(data.get("params"), list) and data["params"]:
            return _query(data["params"]).encode(), str(data.get("mimeType", "")).startswith(_FORM)
    length = _first(headers, "content-length")
    is_sent = _number(request.get("bodySize")) > 0 or (length or "0").strip() != "0"
    if str(request.get("method")).upper() in _WITH_BODY and request.get("bodySize") != 0 and length is None:
        is_sent = True
    return None, not (is_sent or _first(headers, "transfer-encoding"))


def _response(response: Mapping[str, Any], seconds: float) -> TrafficResponse | None:
    """The response; None where there was none (status 0)."""
    status = int(_number(response.get("status")))
    if not 100 <= status <= 599:
        return None
    headers = _headers(response.get("headers"))
    has_headers = bool(headers)
    content = response.get("content")
    content = content if isinstance(content, dict) else {}
    if not headers and isinstance(content.get("mimeType"), str) and content["mimeType"]:
        headers = (("Content-Type", content["mimeType"]),)
    body = _bytes(content)
    has_body = body is not None or _is_empty(response, content, headers, status)
    if body is not None and _is_cut(body, _number(content.get("size"))):
        body, has_body = None, False
    decoded, flaw = body or b"", None
    if content.get("encoding") and decoded:
        try:
            decoded, flaw = read_body(decoded, _coding_of(headers, decoded), None)
        except CodingUnknown:
            has_body = False
    return TrafficResponse(Response(status, headers, decoded, max(seconds, 0.0), flaw), has_body, has_headers)


def _coding_of(headers: Headers, body: bytes) -> str:
    """The content coding that a recorded body still has: most tools decode it, and keep the header."""
    coding = (_first(headers, "content-encoding") or "").strip()
    if not coding or json_of(body) is not NOT_JSON:
        return ""
    try:
        decoded, flaw = read_body(body, coding, None)
    except CodingUnknown:
        return ""
    return coding if flaw is None and decoded != body else ""


def _is_empty(response: Mapping[str, Any], content: Mapping[str, Any], headers: Headers, status: int) -> bool:
    """Whether a response whose body was not recorded is known to have none."""
    if status in (204, 304) or (_first(headers, "content-length") or "").strip() == "0":
        return True
    return response.get("bodySize") == 0 and content.get("size") == 0


def _bytes(content: Mapping[str, Any]) -> bytes | None:
    """The text of a body as bytes; None where it was not recorded or cannot be decoded."""
    text = content.get("text")
    if not isinstance(text, str):
        return None
    if str(content.get("encoding") or "").lower() != "base64":
        return text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _is_cut(body: bytes, size: float) -> bool:
    """Whether a recording has less of a body than was sent: tools clear bodies, or keep their beginning."""
    return len(body) < size and json_of(body) is NOT_JSON


def _number(value: object) -> float:
    try:
        number = float(value) if isinstance(value, int | float | str) else 0.0
    except (ValueError, OverflowError):
        return 0.0
    return number if abs(number) < 1e12 else 0.0


def _time(value: object) -> float:
    """Seconds since the epoch; 0 where there is no time."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        if moment is None:
            return 0.0
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return 0.0
