"""A HAR file (version 1.2) of the requests of stories, as they were recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from urllib.parse import parse_qsl

from storepact import __version__
from storepact.model.exchange import Request, Response, is_whole
from storepact.model.tree import Json
from storepact.record.sent_requests import read_sent_body
from storepact.record.values import RecordedResponse, SentRequest
from storepact.report.export.story import ExportedStory, ExportSource, place_of_exchange
from storepact.transport.har_writer import EXPORTER, har_entry, har_text


def render(source: ExportSource, stories: Sequence[ExportedStory]) -> str:
    """The text of the file: secrets are masked, tokens are names of variables. A story is a page."""
    entries = list(_entries(source, stories))
    begins = {entry["pageref"]: entry["startedDateTime"] for entry in reversed(entries)}
    pages = [
        {
            "id": story.name,
            "title": story.title,
            "startedDateTime": begins[story.name],
            "pageTimings": {"onContentLoad": -1, "onLoad": -1},
        }
        for story in stories
        if story.name in begins
    ]
    texts = (json.dumps(entry) for entry in entries)
    return "".join(har_text(texts, __version__, EXPORTER, pages))


def _entries(source: ExportSource, stories: Sequence[ExportedStory]) -> Iterator[dict[str, Json]]:
    started = datetime.fromisoformat(source.record.started).timestamp()
    for story in stories:
        place = place_of_exchange(story.finding) if story.finding else None
        for index, request in enumerate(story.requests):
            if request.recorded is None:
                continue
            exchange = story.finding.exchange if story.finding and index == place else None
            recorded = exchange.response if exchange else None
            response = _response(request.recorded, recorded)
            has_body = recorded is not None and is_whole(recorded.body)
            sent = _request(request.recorded)
            entry = har_entry(source.base_url, sent, response, started, has_body=has_body)
            entry["request"]["queryString"] = _query(request.recorded.path)
            entry["pageref"] = story.name
            entry["comment"] = f"{story.title}: {request.does}"
            started += max(response.seconds, 0.001)
            yield entry


def _request(request: SentRequest) -> Request:
    return Request(request.method, request.path, request.headers, read_sent_body(request))


def _response(request: SentRequest, recorded: RecordedResponse | None) -> Response:
    """The recorded response; the record has only the status of those before the one with the finding."""
    if recorded is None:
        return Response(request.status, (), b"")
    body = recorded.body.encode("utf-8", "surrogatepass") if is_whole(recorded.body) else b""
    return Response(recorded.status, recorded.headers, body, recorded.ms / 1_000)


def _query(path: str) -> list[dict[str, str]]:
    pairs = parse_qsl(path.partition("?")[2], keep_blank_values=True)
    return [{"name": name, "value": value} for name, value in pairs]
