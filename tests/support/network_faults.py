"""The table of network faults: what happens on the way, and what a run makes of it; docs/live.md shows it."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate

import brotli
import zstandard

from fault_proxy import Effect, Exchange, head, passing, response

PAGE = b"<html><body><h1>Bad gateway</h1></body></html>"
JSON = "application/json"
ZEROS = b'["' + b"0" * (64 << 20) + b'"]'


def sends(data: bytes | Callable[[], bytes], *, done: bool = False, stays: bool = True) -> Effect:
    """Answer with these bytes; `done`: the mock has carried out the request."""

    def answer(exchange: Exchange) -> bool:
        if done:
            exchange.forward()
        exchange.send(data if isinstance(data, bytes) else data())
        return stays

    return answer


def closes(data: bytes = b"", *, done: bool = False, part: float = 0.0) -> Effect:
    """Close the connection after these bytes, or after a part of the answer."""

    def answer(exchange: Exchange) -> bool:
        whole = exchange.forward() if done or part else b""
        exchange.send(data + whole[: int(len(whole) * part)])
        return False

    return answer


def resets(*, done: bool = False, part: float = 0.0) -> Effect:
    """Reset the connection, perhaps after a part of the answer."""

    def answer(exchange: Exchange) -> bool:
        whole = exchange.forward() if done or part else b""
        exchange.send(whole[: int(len(whole) * part)])
        exchange.reset()
        return False

    return answer


def drips(start: bytes, unit: bytes = b"x") -> Effect:
    """Send a byte now and then, for ever."""

    def answer(exchange: Exchange) -> bool:
        exchange.drip(start + unit * 2_000)
        return False

    return answer


def hangs(exchange: Exchange) -> bool:
    """Answer nothing, and keep the connection open."""
    time.sleep(1.5)
    return False


def changes(change: Callable[[bytes], bytes], *, stays: bool = True) -> Effect:
    """Answer with what this makes of the mock's answer."""

    def answer(exchange: Exchange) -> bool:
        exchange.send(change(exchange.forward()))
        return stays

    return answer


def sends_twice(*, answer: int) -> Effect:
    """Have the request done twice, as by a proxy that retries it; the client gets one of the two answers."""

    def effect(exchange: Exchange) -> bool:
        exchange.send([exchange.forward(), exchange.forward()][answer])
        return True

    return effect


def _not_found() -> bytes:
    """A refusal in the form of the API's errors."""
    return response(404, b'{"code": "not_found", "message": "Not found"}', media=JSON)


def with_larger_length(whole: bytes) -> bytes:
    """The answer with a Content-Length that is too large."""
    return whole.replace(b"Content-Length: ", b"Content-Length: 9", 1)


def in_chunks(whole: bytes) -> bytes:
    """The answer with a chunk whose length is no number."""
    top, _, body = whole.partition(b"\r\n\r\n")
    kept = [line for line in top.split(b"\r\n") if not line.lower().startswith(b"content-length")]
    return b"\r\n".join([*kept, b"Transfer-Encoding: chunked", b"", b"zz"]) + b"\r\n" + body


def with_header(line: bytes) -> Callable[[bytes], bytes]:
    """The answer with a further header."""
    return lambda whole: whole.replace(b"\r\n", b"\r\n" + line + b"\r\n", 1)


def with_length(more: int) -> Callable[[bytes], bytes]:
    """The answer with a Content-Length that is larger or smaller by so many bytes."""

    def change(whole: bytes) -> bytes:
        top, _, body = whole.partition(b"\r\n\r\n")
        kept = [line for line in top.split(b"\r\n") if not line.lower().startswith(b"content-length")]
        return b"\r\n".join([*kept, b"Content-Length: %d" % (len(body) + more), b"", body])

    return change


def without_label(whole: bytes) -> bytes:
    """The answer with its body in gzip, which no header says."""
    top, _, body = whole.partition(b"\r\n\r\n")
    packed = gzip.compress(body)
    return with_length(0)(b"\r\n\r\n".join([top, packed]))


def of_nul_bytes(whole: bytes) -> bytes:
    """The answer with as many NUL bytes as its body has bytes."""
    top, _, body = whole.partition(b"\r\n\r\n")
    return b"\r\n\r\n".join([top, bytes(len(body))])


def with_second_length(whole: bytes) -> bytes:
    """The answer with two lengths that differ."""
    return with_header(b"Content-Length: 3")(whole)


def with_trailer(trailer: bytes, size: bytes = b"") -> Callable[[bytes], bytes]:
    """The answer in one chunk, which may state another size, and what follows it."""

    def change(whole: bytes) -> bytes:
        top, _, body = whole.partition(b"\r\n\r\n")
        kept = [line for line in top.split(b"\r\n") if not line.lower().startswith(b"content-length")]
        start = [*kept, b"Transfer-Encoding: chunked", b"", size or b"%x" % len(body), body, b"0"]
        return b"\r\n".join([*start, trailer])

    return change


def truncated_gzip(whole: bytes) -> bytes:
    """The answer in gzip without its last bytes; its Content-Length is right."""
    top, _, body = whole.partition(b"\r\n\r\n")
    kept = [line for line in top.split(b"\r\n") if not line.lower().startswith(b"content-length")]
    packed = gzip.compress(body)[:-9]
    length = b"Content-Length: %d" % len(packed)
    return b"\r\n".join([*kept, b"Content-Encoding: gzip", length, b"", packed])


def without_length(whole: bytes) -> bytes:
    """Half of the body, which only the end of the connection ends."""
    top, _, body = whole.partition(b"\r\n\r\n")
    kept = [line for line in top.split(b"\r\n") if not line.lower().startswith(b"content-length")]
    return b"\r\n".join([*kept, b"Connection: close", b"", body[: len(body) // 2]])


def without_last_byte(whole: bytes) -> bytes:
    """The answer without the last byte of its body, with the length of the rest."""
    return with_length(-1)(whole)[:-1]


def is_done_later(exchange: Exchange) -> bool:
    """Answer for the mock, which does it a moment later."""
    threading.Timer(0.15, exchange.forward).start()
    exchange.send(response(504, PAGE))
    return True


def resets_after(exchange: Exchange) -> bool:
    """Answer, and reset the connection a moment later."""
    exchange.send(exchange.forward())
    time.sleep(0.002)
    exchange.reset()
    return False


def closes_after(exchange: Exchange) -> bool:
    """Answer, and close the connection when the next request is there: no header has announced it."""
    exchange.send(exchange.forward())
    exchange.connection.recv(65_536)
    return False


def half_closes(exchange: Exchange) -> bool:
    """Answer with half of the answer, and close one direction only."""
    whole = exchange.forward()
    exchange.send(whole[: len(whole) // 2])
    exchange.connection.shutdown(socket.SHUT_WR)
    time.sleep(0.2)
    return False


Choose = Callable[[Exchange], Effect]


def every(effect: Effect) -> Choose:
    """Each request."""
    return lambda exchange: effect


def request(number: int, effect: Effect, count: int = 1) -> Choose:
    """The request with this number, and so many after it."""
    return lambda exchange: effect if number <= exchange.number < number + count else passing


def since(number: int, effect: Effect) -> Choose:
    """Each request from this number on."""
    return lambda exchange: effect if exchange.number >= number else passing


def first(method: str, effect: Effect, *, skip: int = 2, count: int = 1) -> Choose:
    """A request with this method, after some others; as many as `count`."""
    numbers: list[int] = []

    def choose(exchange: Exchange) -> Effect:
        if exchange.method != method:
            return passing
        numbers.append(exchange.number)
        return effect if skip < len(numbers) <= skip + count else passing

    return choose


def each(method: str, effect: Effect) -> Choose:
    """Each request with this method, after the preflight."""
    return first(method, effect, skip=1, count=1_000)


def to_list(number: int, effect: Effect) -> Choose:
    """Each read of the list from this number on."""

    def choose(exchange: Exchange) -> Effect:
        is_list = exchange.method == "GET" and exchange.path.endswith("/big-segment-store")
        return effect if is_list and exchange.number >= number else passing

    return choose


def every_nth(method: str, nth: int, effect: Effect) -> Choose:
    """Every n-th request with this method."""
    numbers: list[int] = []

    def choose(exchange: Exchange) -> Effect:
        if exchange.method != method:
            return passing
        numbers.append(exchange.number)
        return effect if len(numbers) % nth == 0 else passing

    return choose


def every_nth_in(collection: str, nth: int, effect: Effect) -> Choose:
    """Every n-th request about a collection or what is in it."""
    numbers: list[int] = []

    def choose(exchange: Exchange) -> Effect:
        if f"/{collection}" not in exchange.path:
            return passing
        numbers.append(exchange.number)
        return effect if len(numbers) % nth == 0 else passing

    return choose


def share(every_nth: int, effect: Effect) -> Choose:
    """One request in so many."""
    return lambda exchange: effect if exchange.number % every_nth == 0 else passing


@dataclass(frozen=True)
class Fault:
    """One row: what happens, and what a run makes of it."""

    name: str
    choose: Callable[[], Choose]
    verdict: str
    failure: str = ""
    """The kind under which the record counts it; empty where it counts none."""
    options: tuple[str, ...] = ()
    most_requests: int = 90
    codes: frozenset[str] = frozenset()
    """Codes of findings."""
    leaves: bool = False
    """Whether what was created cannot be deleted, which the run says."""


CONFORMS, BROKEN, UNDETERMINED = "conforms", "broken", "undetermined"

#: One failure in a short run is more than 1 %.
FEW = ("--max-network-errors", "20")

#: What is large takes some time.
SLOW = (*FEW, "--timeout", "5")


def _transient(name: str, effect: Effect, failure: str, options: tuple[str, ...] = FEW) -> list[Fault]:
    """What happens once to a read and once to a create: counted, and no finding."""
    return [
        Fault(f"{name}, once, to a read", lambda: first("GET", effect), CONFORMS, failure, options),
        Fault(f"{name}, once, to a create", lambda: first("POST", effect), CONFORMS, failure, options),
    ]


CODERS = {
    "gzip": gzip.compress,
    "br": lambda body: brotli.compress(body, quality=1),
    "zstd": zstandard.compress,
}
_PACKED: dict[str, bytes] = {}


def bomb(coding: str) -> bytes:
    """A body of some kilobytes that stands for 64 MB; made once."""
    if coding not in _PACKED:
        body = CODERS[coding](ZEROS)
        _PACKED[coding] = response(200, body, ("Content-Encoding", coding), media=JSON)
    return _PACKED[coding]


def limit_response(*headers: tuple[str, str]) -> bytes:
    """A 429 in the form of the API's errors."""
    return response(429, b'{"code": "rate_limited", "message": "too many"}', *headers, media=JSON)


def limit_of_gateway() -> bytes:
    """A 429 in another form, which says nothing of a limit."""
    return response(429, b'{"message": "too many"}', media=JSON)


INTERIM = b"HTTP/1.1 102 X\r\nX: " + b"x" * 1_000 + b"\r\n\r\n"
LIMIT = b"X-Ratelimit-Global-Limit: %s\r\nX-Ratelimit-Global-Remaining: %s"
SHORT_INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
SQUARED = response(429, b"{}", media=JSON).replace(b"X\r\n", b"X\r\nRetry-After: \xb2\r\n", 1)
REFUSED = response(401, b'{"code": "unauthorized", "message": "x"}', media=JSON)
OF_API = response(500, b'{"code": "x", "message": "x"}', media=JSON)
IN_JSON = response(502, b'{"message": "x"}', media=JSON)


def in_a_second() -> bytes:
    """A 429 that is over in a second, at a date."""
    return limit_response(("Retry-After", formatdate(time.time() + 1, usegmt=True)))


NO_ROUTE = response(404, b'{"message": "no Route matched with those values"}', media=JSON)
DENIED = response(403, b"Access Denied", media="text/plain")
ELSEWHERE = response(302, b"", ("Location", "https://login.example.com/"))

#: How many requests with a method come first.
SKIP = {"GET": 2, "POST": 2, "PATCH": 0, "DELETE": 2}

#: Less usual, each to one request: (name, method, what is done, how it is counted).
ODDITIES = (
    ("two answers for one request", "GET", changes(lambda whole: whole + whole), "malformed"),
    ("two answers for a create", "POST", changes(lambda whole: whole + whole), "malformed"),
    ("a Content-Length that is one too small, to a create", "POST", changes(with_length(-1)), "malformed"),
    ("a Content-Length that is one too small, to a patch", "PATCH", changes(with_length(-1)), "malformed"),
    ("a Content-Length that is one too large, kept open", "GET", changes(with_length(1)), "timeout"),
    ("two Content-Lengths that differ", "POST", changes(with_second_length, stays=False), "malformed"),
    (
        "another version of HTTP",
        "GET",
        changes(lambda whole: whole.replace(b"HTTP/1.1", b"HTTP/9.9", 1)),
        "malformed",
    ),
    ("100 Continue, then closed", "PATCH", closes(b"HTTP/1.1 100 Continue\r\n\r\n"), "cut"),
    (
        "50 interim answers before the answer",
        "POST",
        changes(lambda whole: b"HTTP/1.1 103 X\r\n\r\n" * 50 + whole),
        "",
    ),
    ("trailers", "POST", changes(with_trailer(b"X-T: a\r\n\r\n")), ""),
    ("trailers of garbage", "POST", changes(with_trailer(b"\x00\x01\r\n\r\n"), stays=False), "malformed"),
    ("a chunk of 2**68 bytes", "GET", changes(with_trailer(b"\r\n", b"f" * 17), stays=False), "length"),
    ("a header in two lines", "GET", changes(with_header(b"X-F: a\r\n b")), ""),
    ("NUL in a header", "PATCH", changes(with_header(b"X-N: a\x00b"), stays=False), "malformed"),
    ("half a body, half closed", "POST", half_closes, "length"),
    (
        "cookies, HSTS and Alt-Svc",
        "POST",
        changes(
            with_header(b'Set-Cookie: a=b\r\nStrict-Transport-Security: max-age=9\r\nAlt-Svc: h3=":443"')
        ),
        "",
    ),
    (
        "a 503 page with Retry-After in the past",
        "POST",
        sends(response(503, PAGE, ("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"))),
        "503",
    ),
    ("a refusal of a firewall in text", "PATCH", sends(DENIED), "403"),
    ("a redirect to another host", "POST", sends(ELSEWHERE), "302"),
    *(
        (f"a 404 of a gateway that knows no route, to a {verb}", method, sends(NO_ROUTE), "404")
        for verb, method in (("read", "GET"), ("create", "POST"), ("patch", "PATCH"), ("delete", "DELETE"))
    ),
    ("a 400 without a body", "PATCH", sends(response(400, b"", media="text/plain")), "400"),
    ("a 405 of a gateway in JSON", "DELETE", sends(response(405, b'{"message": "x"}', media=JSON)), "405"),
    ("304 without a condition", "DELETE", sends(b"HTTP/1.1 304 X\r\n\r\n"), "304"),
    ("gzip that is cut off", "POST", changes(truncated_gzip), "malformed"),
    ("JSON without its last byte, with the right length", "GET", changes(without_last_byte), "malformed"),
    (
        "a create's JSON without its last byte, with the right length",
        "POST",
        changes(without_last_byte),
        "malformed",
    ),
    ("half a body without a length", "POST", changes(without_length, stays=False), "length"),
    ("a page of a firewall with 403", "POST", sends(response(403, PAGE)), "403"),
    ("a page of maintenance with 200", "PATCH", sends(response(200, PAGE)), "200"),
    ("a page of a login with 200", "DELETE", sends(response(200, PAGE)), "200"),
    *(
        (f"a {status} page", "PATCH", sends(response(status, PAGE)), str(status))
        for status in (407, 408, 421, 425, 511)
    ),
)


def table() -> list[Fault]:
    """Every row."""
    return [
        # on the way to a request that was not done, and back from one that was
        *_transient("a connection reset before an answer", resets(), "reset"),
        *_transient("a connection reset after the request was done", resets(done=True), "reset"),
        *_transient("a connection closed without an answer", closes(), "cut"),
        *_transient("a connection closed after the request was done", closes(done=True), "cut"),
        *_transient("half a head", closes(b"HTTP/1.1 200 OK\r\nContent-Ty"), "cut"),
        *_transient("half a body, then closed", closes(part=0.8), "length"),
        *_transient("half a body, then reset", resets(part=0.8), "reset"),
        *_transient("a Content-Length that is too large", changes(with_larger_length, stays=False), "length"),
        *_transient("a chunk without a length", changes(in_chunks, stays=False), "malformed"),
        *_transient("a 502 page", sends(response(502, PAGE)), "502"),
        *_transient("a 502 page after the request was done", sends(response(502, PAGE), done=True), "502"),
        *_transient("a 503 page with Retry-After", sends(response(503, PAGE, ("Retry-After", "1"))), "503"),
        *_transient("a 504 without a body", sends(response(504, b"")), "504"),
        *_transient("a 502 of a gateway in JSON", sends(IN_JSON), "502"),
        *_transient("a 500 page of a framework", sends(response(500, PAGE)), "500"),
        *_transient("a 520 page of a content network", sends(response(520, PAGE)), "520"),
        *_transient("no answer in time", hangs, "timeout"),
        *_transient("a body that drips", drips(head(200, ("Content-Length", "5000"))), "timeout"),
        *_transient("a head that drips", drips(b"HTTP/1.1 200 OK\r\nX: "), "timeout"),
        *_transient("interim answers without an end", sends(INTERIM * 1_200), "too_large", SLOW),
        *_transient("a head of 2 MB", sends(b"HTTP/1.1 200 OK\r\nX: " + b"x" * (2 << 20)), "too_large", SLOW),
        *_transient("what is not HTTP", sends(b"+PONG\r\n" * 20, stays=False), "malformed"),
        *_transient(
            "the alert of a TLS port", sends(b"\x15\x03\x03\x00\x02\x02\x28", stays=False), "malformed"
        ),
        Fault("a body of 20 MB, once", lambda: first("GET", sends(_large)), CONFORMS, "too_large", SLOW),
        *(
            Fault(
                f"64 MB as some kilobytes of {coding}, once",
                lambda coding=coding: first("GET", sends(bomb(coding))),
                CONFORMS,
                "too_large",
                SLOW,
            )
            for coding in CODERS
        ),
        *(
            Fault(
                f"{name}, once",
                lambda effect=effect, method=method: first(method, effect, skip=SKIP[method]),
                CONFORMS,
                failure,
                FEW,
            )
            for name, method, effect, failure in ODDITIES
        ),
        # to a delete: whether it was done is looked up
        Fault("a delete without an answer", lambda: first("DELETE", closes()), CONFORMS, "cut", FEW),
        Fault("a delete that was done", lambda: first("DELETE", resets(done=True)), CONFORMS, "reset", FEW),
        Fault(
            "a patch that was done", lambda: first("PATCH", closes(done=True), skip=0), CONFORMS, "cut", FEW
        ),
        Fault(
            "a 201 without a body",
            lambda: first("POST", sends(head(201, ("Content-Length", "0")), done=True)),
            BROKEN,
            codes=frozenset({"SP106"}),
        ),
        # again and again
        Fault(
            "each patch is cut", lambda: each("PATCH", closes()), BROKEN, "cut", codes=frozenset({"SP101"})
        ),
        Fault(
            "each patch gets a 500 page",
            lambda: each("PATCH", sends(response(500, PAGE))),
            BROKEN,
            "500",
            codes=frozenset({"SP101"}),
        ),
        Fault(
            "each patch gets a page with 403",
            lambda: each("PATCH", sends(response(403, PAGE))),
            UNDETERMINED,
            "403",
            most_requests=130,
        ),
        Fault(
            "each patch gets a 404 in another form",
            lambda: each("PATCH", sends(NO_ROUTE)),
            BROKEN,
            "404",
            most_requests=160,
            codes=frozenset({"SP104"}),
        ),
        Fault(
            "a 404 of a gateway that knows no route from the middle on",
            lambda: since(17, sends(NO_ROUTE)),
            UNDETERMINED,
            "404",
            leaves=True,
        ),
        Fault(
            "a page with 200 from the middle on",
            lambda: since(17, sends(response(200, PAGE))),
            UNDETERMINED,
            "200",
            leaves=True,
        ),
        Fault(
            "everything is done and gets a 500 page from the middle on",
            lambda: since(17, sends(response(500, PAGE), done=True)),
            UNDETERMINED,
            "500",
            leaves=True,
        ),
        Fault(
            "gzip that is cut off from the middle on",
            lambda: since(17, changes(truncated_gzip)),
            UNDETERMINED,
            "malformed",
            leaves=True,
        ),
        Fault(
            "each patch is done and cut",
            lambda: each("PATCH", closes(done=True)),
            BROKEN,
            "cut",
            codes=frozenset({"SP101"}),
        ),
        Fault(
            "each patch hangs", lambda: each("PATCH", hangs), BROKEN, "timeout", codes=frozenset({"SP101"})
        ),
        Fault(
            "a 500 in the API's form, once",
            lambda: first("PATCH", sends(OF_API), skip=1),
            BROKEN,
            codes=frozenset({"SP101"}),
            most_requests=100,  # the story of the finding is shortened
        ),
        Fault(
            "from the fourth create on each is done and gets a 502 page",
            lambda: first("POST", sends(response(502, PAGE), done=True), skip=3, count=1_000),
            UNDETERMINED,
            "502",
            FEW,
            most_requests=130,
        ),
        Fault(
            "a create that is done a moment after its 504",
            lambda: first("POST", is_done_later),
            CONFORMS,
            "504",
            FEW,
        ),
        # too much of it
        Fault(
            "one answer reset in its middle, 1 % allowed",
            lambda: request(9, resets(part=0.8)),
            UNDETERMINED,
            "reset",
        ),
        Fault("every fifth request is reset", lambda: share(5, resets()), UNDETERMINED, "reset"),
        Fault(
            "every third request gets a 503 page",
            lambda: share(3, sends(response(503, PAGE))),
            UNDETERMINED,
            "503",
        ),
        Fault("an outage in the middle", lambda: since(17, closes()), UNDETERMINED, "cut", leaves=True),
        Fault(
            "a 503 page from the middle on",
            lambda: since(17, sends(response(503, PAGE))),
            UNDETERMINED,
            "503",
            leaves=True,
        ),
        Fault("no answer from the middle on", lambda: since(17, hangs), UNDETERMINED, "timeout", leaves=True),
        Fault("each connection is reset after a response", lambda: every(resets_after), CONFORMS, "reset"),
        Fault(
            "each connection is closed after a response, unannounced",
            lambda: every(closes_after),
            CONFORMS,
            "cut",
        ),
        Fault("a short outage", lambda: request(12, closes(), 3), CONFORMS, "cut", FEW),
        Fault(
            "a token that is refused from the middle on",
            lambda: since(17, sends(REFUSED)),
            UNDETERMINED,
            leaves=True,
        ),
        Fault(
            "a 401 page from the middle on",
            lambda: since(17, sends(response(401, PAGE))),
            UNDETERMINED,
            "401",
            most_requests=60,
            leaves=True,
        ),
        *(
            Fault(
                f"limits in {what} in each answer",
                lambda text=text: since(1, changes(with_header(LIMIT % (text, text)))),
                BROKEN,
                "",
                codes=frozenset({"SP107"}),
            )
            for what, text in (("superscripts", b"\xb2"), ("5,000 digits", b"9" * 5_000))
        ),
        *(
            Fault(
                f"a 503 page for every {name} request about {collection} integrations",
                lambda collection=collection, nth=nth: every_nth_in(
                    collection, nth, sends(response(503, PAGE))
                ),
                UNDETERMINED,
                "503",
                ("--max-network-errors", "60"),
                most_requests=600,
            )
            for collection in ("redis", "dynamodb")
            for name, nth in (("2nd", 2), ("3rd", 3))
        ),
        Fault(
            "a create that a proxy sends twice, once",
            lambda: first("POST", sends_twice(answer=0)),
            CONFORMS,
            "duplicate",
            FEW,
        ),
        Fault(
            "a create that a proxy sends twice, once, with the second answer",
            lambda: first("POST", sends_twice(answer=1)),
            CONFORMS,
            "duplicate",
            FEW,
        ),
        Fault(
            "a delete that a proxy sends twice, once, with the second answer",
            lambda: first("DELETE", sends_twice(answer=1), skip=4),
            CONFORMS,
            "duplicate",
            FEW,
            most_requests=110,
        ),
        *(
            Fault(
                f"a refusal of a gateway in JSON, {status}, once",
                lambda status=status: first(
                    "POST", sends(response(status, b'{"message": "No"}', media=JSON))
                ),
                CONFORMS,
                str(status),
                FEW,
            )
            for status in (401, 409, 415, 428)
        ),
        Fault(
            "a refusal of a gateway in JSON, 422, to everything from the middle on",
            lambda: since(17, sends(response(422, b'{"message": "No"}', media=JSON))),
            UNDETERMINED,
            leaves=True,
        ),
        Fault(
            "each create gets a refusal in JSON of another form, and is not done",
            lambda: each("POST", sends(response(415, b'{"message": "No"}', media=JSON))),
            BROKEN,
            "415",
            FEW,
            codes=frozenset({"SP207"}),
        ),
        Fault(
            "each delete is answered with 404, and done",
            lambda: each("DELETE", sends(_not_found, done=True)),
            BROKEN,
            "duplicate",
            FEW,
            most_requests=250,
            codes=frozenset({"SP201"}),
        ),
        Fault(
            "a body in gzip without its label, once",
            lambda: first("POST", changes(without_label)),
            CONFORMS,
            "malformed",
            FEW,
        ),
        Fault(
            "a body of NUL bytes, once",
            lambda: first("GET", changes(of_nul_bytes)),
            CONFORMS,
            "malformed",
            FEW,
        ),
        Fault(
            "interim answers and nothing else from the middle on",
            lambda: since(17, drips(b"", b"HTTP/1.1 103 X\r\n\r\n")),
            UNDETERMINED,
            "timeout",
            most_requests=50,
            leaves=True,
        ),
        Fault(
            "hundreds of interim answers and nothing else from the middle on",
            lambda: since(17, sends(SHORT_INTERIM * 300)),
            UNDETERMINED,
            "too_large",
            ("--timeout", "20", "--patience", "60"),
            most_requests=50,
            leaves=True,
        ),
        Fault(
            "interim answers without an end from the middle on",
            lambda: since(17, sends(INTERIM * 1_200)),
            UNDETERMINED,
            "too_large",
            SLOW,
            most_requests=50,
            leaves=True,
        ),
        Fault(
            "a list of 70 MB from the middle on",
            lambda: to_list(17, sends(_too_large_list)),
            UNDETERMINED,
            "too_large",
            SLOW,
        ),
        Fault(
            "each patch gets a body of 20 MB",
            lambda: each("PATCH", sends(_large)),
            BROKEN,
            "too_large",
            SLOW,
            codes=frozenset({"SP101"}),
        ),
        Fault(
            "every second delete gets a 502 page",
            lambda: every_nth("DELETE", 2, sends(response(502, PAGE))),
            UNDETERMINED,
            "502",
            ("--max-network-errors", "60"),
            most_requests=400,
        ),
        # from the first request on
        Fault(
            "a 502 page to everything",
            lambda: every(sends(response(502, PAGE))),
            UNDETERMINED,
            "502",
            most_requests=5,
        ),
        Fault("a reset of everything", lambda: every(resets()), UNDETERMINED, "reset", most_requests=5),
        Fault("nothing in time", lambda: every(hangs), UNDETERMINED, "timeout", most_requests=5),
        Fault(
            "a server of another protocol",
            lambda: every(sends(b"SSH-2.0-OpenSSH_9.6\r\n", stays=False)),
            UNDETERMINED,
            "malformed",
            most_requests=5,
        ),
        Fault(
            "a server of HTTP/2 only",
            lambda: every(sends(b"\x00\x00\x12\x04" + b"\x00" * 23, stays=False)),
            UNDETERMINED,
            "malformed",
            most_requests=5,
        ),
        Fault(
            "a list of 20 MB", lambda: every(sends(_large)), UNDETERMINED, "too_large", SLOW, most_requests=5
        ),
        # limits
        Fault(
            "a 429 with Retry-After, once",
            lambda: first("POST", sends(lambda: limit_response(("Retry-After", "1")))),
            CONFORMS,
        ),
        Fault("a 429 with a date, once", lambda: first("GET", sends(in_a_second)), CONFORMS),
        Fault("a 429 without headers, once", lambda: first("GET", sends(limit_of_gateway)), CONFORMS),
        Fault(
            "a 429 with Retry-After: ², once",
            lambda: first("POST", sends(SQUARED)),
            CONFORMS,
        ),
        *(
            Fault(
                f"a 429 after a {verb} that was done, once",
                lambda method=method: first(
                    method, sends(limit_response(("Retry-After", "0")), done=True), skip=SKIP[method]
                ),
                CONFORMS,
            )
            for verb, method in (("create", "POST"), ("patch", "PATCH"), ("delete", "DELETE"))
        ),
        Fault(
            "a 429 with Retry-After: 3600",
            lambda: request(15, sends(lambda: limit_response(("Retry-After", "3600")))),
            UNDETERMINED,
            most_requests=40,
        ),
        Fault(
            "a 429 to everything",
            lambda: since(8, sends(limit_of_gateway)),
            UNDETERMINED,
            most_requests=40,
            leaves=True,
        ),
        Fault(
            "a page of a captive portal",
            lambda: every(sends(response(200, PAGE))),
            UNDETERMINED,
            most_requests=5,
        ),
        *(
            Fault(
                f"{name} to everything",
                lambda data=data: every(sends(data)),
                UNDETERMINED,
                most_requests=5,
            )
            for name, data in (
                ("a 404 of a gateway that knows no route", NO_ROUTE),
                ("a 400 without a body", response(400, b"", media="text/plain")),
                ("a page of a firewall with 403", response(403, PAGE)),
            )
        ),
        Fault(
            "a 511 page to everything",
            lambda: every(sends(response(511, PAGE))),
            UNDETERMINED,
            "511",
            most_requests=5,
        ),
        Fault(
            "a redirect to a login page",
            lambda: every(sends(response(302, b"", ("Location", "/login")))),
            UNDETERMINED,
            most_requests=5,
        ),
    ]


def _large() -> bytes:
    return response(200, b'{"items": ["' + b"x" * (20 << 20) + b'"]}', media=JSON)


def _too_large_list() -> bytes:
    return response(200, b'{"items": ["' + b"x" * (70 << 20) + b'"]}', media=JSON)


def markdown() -> str:
    """The table as docs/live.md shows it."""
    codes = {CONFORMS: 0, BROKEN: 1, UNDETERMINED: 3}
    lines = [
        "| on the way | counted as | verdict | exit code | left behind |",
        "| --- | --- | --- | --- | --- |",
    ]
    for fault in table():
        left = "reported" if fault.leaves else "nothing"
        counted = fault.failure.replace("_", " ") or "–"
        note = f" ({', '.join(sorted(fault.codes))})" if fault.codes else ""
        lines.append(
            f"| {fault.name} | {counted} | {fault.verdict}{note} | {codes[fault.verdict]} | {left} |"
        )
    return "\n".join(lines)
