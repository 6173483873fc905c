"""Requests as the record keeps them to be sent again, by `storepact replay` or by exported files."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable
from typing import Literal

from storepact.model.exchange import BODY_LIMIT, Forms
from storepact.model.story import SentRequest as LiveRequest
from storepact.record.values import SentRequest

#: Characters of a compressed body that a record keeps.
_LONGEST = 20_000


def to_sent_requests(requests: Iterable[LiveRequest]) -> tuple[SentRequest, ...]:
    """The requests of one finding or story as the record has them; secrets get names in their order."""
    names: dict[str, str] = {}
    return tuple(_to_record(request, names) for request in requests)


def read_sent_body(request: SentRequest) -> bytes | None:
    """The bytes of a recorded body, secrets masked; None where none was sent."""
    if request.body is None or not request.encoding:
        return None if request.body is None else request.body.encode("utf-8")
    return zlib.decompress(base64.b64decode(request.body))


def _to_record(live: LiveRequest, names: dict[str, str]) -> SentRequest:
    exchange = live.exchange
    request, response = exchange.request, exchange.response
    body, encoding = _pack(request.body)
    return SentRequest(
        method=request.method,
        path=request.path,
        headers=request.headers,
        status=response.status,
        body=body,
        encoding=encoding,
        left_out=body is None and request.body is not None,
        does=live.does,
        role=live.role,
        kind=live.kind,
        created=live.created,
        mark=live.mark,
        absent=live.absent,
        simultaneous=live.simultaneous,
        secrets=_with_name(exchange.sent, names),
        shows=_with_name(exchange.forms, names),
    )


def _with_name(forms: Forms, names: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """The places of secrets with a name for each form."""
    return tuple((place, names.setdefault(form, str(len(names) + 1))) for place, form in forms if form)


def _pack(body: bytes | None) -> tuple[str | None, Literal["", "deflate"]]:
    """A body as a text of a record; None where it is too long."""
    if body is None:
        return None, ""
    try:
        if len(body) <= BODY_LIMIT:
            return body.decode("utf-8"), ""
    except UnicodeDecodeError:
        pass
    packed = base64.b64encode(zlib.compress(body, 9)).decode("ascii")
    return (packed, "deflate") if len(packed) <= _LONGEST else (None, "")
