"""Responses as they were sent: decoded, within limits, and apart from pages for people."""

from __future__ import annotations

from storepact.model.case import PreparedRequest
from storepact.model.errors import (
    Undetermined,
)
from storepact.model.exchange import Response
from storepact.model.network import NetworkFailure
from storepact.transport.connections import NetworkError, RawResponse
from storepact.transport.content import BodyTooLarge, CodingUnknown, read_body

#: What a body of more than a megabyte may hold: a parsed object takes some hundred bytes, a value some ten.
_LARGE, _MOST_CONTAINERS, _MOST_VALUES = 1024 * 1024, 300_000, 4_000_000


#: How a page begins that something on the way sends in place of the API, in small letters.
_PAGE_STARTS = (b"<!doctype html", b"<html")


def is_page(response: Response) -> bool:
    """Whether a response is a page for people, as firewalls, proxies and logins send it."""
    return response.body[:200].lstrip().lower().startswith(_PAGE_STARTS)


def read_response(raw: RawResponse, prepared: PreparedRequest, seconds: float) -> Response:
    """The response with its body decoded.

    Raises:
        NetworkError: its body is too large.
        Undetermined: its body is in a content coding that cannot be decoded here.

    """
    accepted = [value for name, value in prepared.headers if name.lower() == "accept-encoding"]
    codings = [value for name, value in raw.headers if name.lower() == "content-encoding"]
    try:
        body, flaw = read_body(raw.body, ", ".join(codings), ", ".join(accepted) if accepted else None)
    except BodyTooLarge as error:
        raise NetworkError(NetworkFailure.TOO_LARGE, str(error)) from None
    except CodingUnknown as coding:
        message = f"a response is in the content coding {coding}, which cannot be decoded here"
        raise Undetermined(message) from None
    if len(body) > _LARGE and (
        body.count(b"{") + body.count(b"[") > _MOST_CONTAINERS or body.count(b",") > _MOST_VALUES
    ):
        raise NetworkError(
            NetworkFailure.TOO_LARGE, f"its body has more than {_MOST_CONTAINERS:,} JSON objects"
        )
    return Response(raw.status, raw.headers, body, seconds, flaw)
