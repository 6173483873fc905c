"""Write exchanges as HAR."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from storepact.model.exchange import Headers, Request, Response
from storepact.model.tree import Json

#: The name under which `verify --save-har` writes: such a file holds every write of its run.
CREATOR = "storepact"

#: The size of what was not recorded.
_UNKNOWN = -1


def _pairs(headers: Headers) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _text(body: bytes) -> dict[str, str]:
    """The members of a HAR file that hold a body."""
    try:
        return {"text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(body).decode("ascii"), "encoding": "base64"}


def har_entry(
    base_url: str, request: Request, response: Response, started: float, *, has_body: bool = True
) -> dict[str, Json]:
    """One exchange, its secrets masked, as an entry of a HAR file. `started` is in seconds of the epoch.

    `has_body` is whether the body of the response is known.
    """
    sent: dict[str, Json] = {
        "method": request.method,
        "url": base_url + request.path,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(request.headers),
        "queryString": [],
        "headersSize": _UNKNOWN,
        "bodySize": len(request.body or b""),
    }
    if request.body is not None:
        sent["postData"] = {"mimeType": request.header("Content-Type") or "", **_text(request.body)}
    size = len(response.body) if has_body else _UNKNOWN
    return {
        "startedDateTime": datetime.fromtimestamp(started, UTC).isoformat(timespec="microseconds"),
        "time": round(response.seconds * 1_000, 3),
        "request": sent,
        "response": {
            "status": response.status,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _pairs(response.headers),
            "content": {
                "size": size,
                "mimeType": response.header("Content-Type") or "",
                **(_text(response.body) if has_body else {"comment": "not recorded"}),
            },
            "redirectURL": "",
            "headersSize": _UNKNOWN,
            "bodySize": size,
        },
        "cache": {},
        "timings": {"send": 0, "wait": round(response.seconds * 1_000, 3), "receive": 0},
    }


def har_text(
    entries: Iterator[str], version: str, creator: str = CREATOR, pages: Sequence[Json] = ()
) -> Iterator[str]:
    """The parts of a HAR file whose entries are these JSON texts."""
    head: dict[str, Json] = {"version": "1.2", "creator": {"name": creator, "version": version}}
    if pages:
        head["pages"] = list(pages)
    yield json.dumps({"log": head})[:-2] + ', "entries": ['
    for index, entry in enumerate(entries):
        yield (",\n" if index else "\n") + entry
    yield "\n]}}\n"


#: The name under which `export` writes: its pages are stories of their own, and other writes are left out.
EXPORTER = "storepact export"
