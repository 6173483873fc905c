"""Responses as they were sent: decoded, within limits, and apart from pages for people."""

from __future__ import annotations

from codecs import BOM_UTF8

from storepact.model.case import PreparedRequest
from storepact.model.errors import Undetermined
from storepact.model.exchange import LARGE_BODY, NOT_JSON, BodyFlaw, Response
from storepact.model.network import NetworkFailure
from storepact.transport.content import LARGEST_BODY, REMEDY, BodyTooLarge, CodingUnknown, read_body
from storepact.transport.lists import Lists, TooManyResources
from storepact.transport.network_errors import NetworkError
from storepact.transport.pacing import Limits
from storepact.transport.wire_responses import RawResponse

#: What a body of more than a megabyte may hold: a parsed object takes some hundred bytes, a value some ten.
_MOST_CONTAINERS, _MOST_VALUES = 100_000, 500_000


#: The media types of pages for people.
_PAGES = ("text/html", "application/xhtml+xml")

#: Statuses of successes that a proxy has changed, or of ranges, which no request names.
_CHANGED = frozenset({203, 206})

#: Statuses with which an application refuses a request for itself. With 403 firewalls refuse, too.
_OF_APPLICATIONS = frozenset({401, 406, 409, 410, 412, 415, 422, 428, 429})

#: Statuses with which both do: gateways where they know no route, or do not like a request.
_OF_BOTH = frozenset({400, 404, 405, 413})

#: What is wrong with a body that was damaged on the way, is in a coding of its own, or has lost its label.
_DAMAGED = frozenset({BodyFlaw.NOT_ENCODED, BodyFlaw.CODING, BodyFlaw.UNLABELLED, BodyFlaw.CHARSET})


def is_page(response: Response) -> bool:
    """Whether a response is a page for people or XML, as firewalls, proxies and logins send it."""
    if response.body[:200].removeprefix(BOM_UTF8).lstrip().startswith(b"<"):
        return True
    return _media_of(response) in _PAGES and response.json is NOT_JSON


def has_members(response: Response, names: frozenset[str]) -> bool:
    """Whether a body is a JSON object with these members, as each error of the API is."""
    body = response.json
    return isinstance(body, dict) and names <= body.keys()


def may_be_of_application(response: Response) -> bool:
    """Whether a refusal in another form than the API's is as likely the application's as a gateway's."""
    return response.status in _OF_BOTH and not is_page(response)


def failure_on_the_way(response: Response, error_members: frozenset[str]) -> NetworkFailure | None:
    """The failure on the way that a response suggests, such as a page of a proxy; None if none.

    A refusal without the members of the API's errors suggests one, too, unless an application is likely to
    refuse with that status: gateways and firewalls send JSON of their own, or nothing.
    It may be the API's own nevertheless: then the same request gets such a response each time.
    """
    status = response.status
    if status == 429:
        return None  # the run waits for the provider that sends it
    is_text = bool(response.body) and response.json is NOT_JSON
    is_json = _media_of(response).endswith("json")
    is_refusal = 400 <= status < 500 and status != 401
    has_form = has_members(response, error_members) or not error_members or (is_text and is_json)
    is_foreign_error = is_refusal and (
        (is_text and not is_json) or (status not in _OF_APPLICATIONS and not has_form)
    )
    if is_page(response) or status in _CHANGED or 300 <= status < 400 or is_foreign_error:
        return NetworkFailure.GATEWAY
    if response.flaw in _DAMAGED or (status == 204 and response.header("Content-Length") not in (None, "0")):
        return NetworkFailure.MALFORMED
    if 200 <= status < 300 and is_text and not _has_end(response):
        return NetworkFailure.LENGTH
    return NetworkFailure.MALFORMED if is_text and is_json and response.flaw is None else None


def _media_of(response: Response) -> str:
    return (response.header("Content-Type") or "").partition(";")[0].strip().lower()


def _has_end(response: Response) -> bool:
    """Whether the end of the connection is not the only end of the body."""
    return any(response.header(name) is not None for name in ("Content-Length", "Transfer-Encoding"))


def read_response(
    raw: RawResponse, prepared: PreparedRequest, seconds: float, limits: Limits, lists: Lists | None
) -> Response:
    """The response with its body decoded; a large list is shortened by `lists`.

    Raises:
        NetworkError: its body is too large.
        Undetermined: its body is in a content coding that cannot be decoded here.

    """
    accepted = [value for name, value in prepared.headers if name.lower() == "accept-encoding"]
    codings = [value for name, value in raw.headers if name.lower() == "content-encoding"]
    is_list = prepared.role == "list" and lists is not None
    largest = limits.largest_list if is_list else limits.largest_body
    acceptable = ", ".join(accepted) if accepted else None
    try:
        body, flaw = read_body(raw.body, ", ".join(codings), acceptable, largest=largest)
        if lists is not None and is_list and 200 <= raw.status < 300:
            body = lists.shorten(body, is_judged=prepared.case.source != "setup")
    except (BodyTooLarge, TooManyResources) as error:
        raise NetworkError(NetworkFailure.TOO_LARGE, str(error), is_http=True) from None
    except CodingUnknown as coding:
        message = f"a response is in the content coding {coding}, which cannot be decoded here"
        raise Undetermined(message) from None
    _check_size(body, limits.largest_body)
    return Response(raw.status, raw.headers, body, seconds, flaw)


def _check_size(body: bytes, largest: int) -> None:
    """Make sure that a body can be parsed within the memory of a run.

    Raises:
        NetworkError: it cannot.

    """
    factor = max(1.0, largest / LARGEST_BODY)
    most_containers, most_values = _MOST_CONTAINERS * factor, _MOST_VALUES * factor
    if len(body) > largest:
        detail = f"its body of {len(body):,} bytes is larger than {largest:,} bytes; {REMEDY}"
        raise NetworkError(NetworkFailure.TOO_LARGE, detail, is_http=True)
    if len(body) > LARGE_BODY and (
        body.count(b"{") + body.count(b"[") > most_containers or body.count(b",") > most_values
    ):
        what = f"{most_containers:,.0f} JSON objects or {most_values:,.0f} values"
        detail = f"its body holds more than {what}; {REMEDY}"
        raise NetworkError(NetworkFailure.TOO_LARGE, detail, is_http=True)
