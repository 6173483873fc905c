"""A HAR file (version 1.2) of the requests of stories, as they were recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import parse_qsl

from storepact import __version__
from storepact.model.exchange import Request, Response
from storepact.model.tree import Json
from storepact.record.sent_requests import read_sent_body
from storepact.record.values import RecordedResponse, SentRequest
from storepact.report.export.story import ExportedStory, ExportSource
from storepact.transport.har import har_entry, har_text


def render(source: ExportSource, stories: Sequence[ExportedStory]) -> str:
    """The text of the file: secrets are masked, tokens are names of variables."""
    return "".join(har_text((json.dumps(entry) for entry in _entries(source, stories)), __version__))


def _entries(source: ExportSource, stories: Sequence[ExportedStory]) -> Iterator[Json]:
    started = datetime.fromisoformat(source.record.started).timestamp()
    for story in stories:
        last = story.requests[-1]
        for request in story.requests:
            if request.recorded is None:
                continue
            exchange = story.finding.exchange if story.finding and request is last else None
            response = _response(request.recorded, exchange.response if exchange else None)
            entry = har_entry(source.base_url, _request(request.recorded), response, started)
            entry["request"]["queryString"] = _query(request.recorded.path)
            entry["comment"] = f"{story.title}: {request.does}"
            started += max(response.seconds, 0.001)
            yield entry


def _request(request: SentRequest) -> Request:
    return Request(request.method, request.path, request.headers, read_sent_body(request))


def _response(request: SentRequest, recorded: RecordedResponse | None) -> Response:
    """The recorded response; of requests before the last one the record has the status only."""
    if recorded is None:
        return Response(request.status, (), b"")
    body = recorded.body.encode("utf-8", "surrogatepass")
    return Response(recorded.status, recorded.headers, body, recorded.ms / 1_000)


def _query(path: str) -> list[dict[str, str]]:
    pairs = parse_qsl(path.partition("?")[2], keep_blank_values=True)
    return [{"name": name, "value": value} for name, value in pairs]
