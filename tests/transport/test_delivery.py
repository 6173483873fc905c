"""What becomes of requests whose responses break the rules of HTTP each time."""

from __future__ import annotations

import ssl

import httpcore
import pytest

from storepact.model.case import Case, PreparedRequest
from storepact.model.errors import NetworkUnstable, Outage, ResponseLost, RunEnded
from storepact.model.exchange import CUT_OFF, Response
from storepact.model.network import NetworkFailure, Traffic
from storepact.transport import delivery as deliveries
from storepact.transport.delivery import Delivery
from storepact.transport.network_errors import NetworkError, explain
from storepact.transport.pacing import Limits, Pacer
from storepact.transport.streams import WireExchange
from storepact.transport.wire_requests import Outgoing, make_request
from storepact.transport.wire_responses import RawResponse


class Failing:
    """Connections on which no exchange comes about."""

    def __init__(
        self, *, is_http: bool, failure: NetworkFailure = NetworkFailure.MALFORMED, detail: str = "x"
    ) -> None:
        self.is_http, self.sent, self.renewed = is_http, 0, 0
        self.failure, self.detail = failure, detail

    def send(self, request: httpcore.Request, timeout: float, *largest: int, **how: bool) -> None:
        self.sent += 1
        raise NetworkError(self.failure, self.detail, is_http=self.is_http)

    def renew(self) -> None:
        self.renewed += 1

    def sends_more(self) -> bool:
        return False


def outgoing(method):
    prepared = PreparedRequest(Case("operation"), method, "/", (), None)
    return Outgoing(prepared, make_request(method, "http://localhost/", ()))


def read():
    return outgoing("GET")


def delivery_on(connections, monkeypatch, probes=(read,)):
    monkeypatch.setattr(deliveries.time, "sleep", lambda seconds: None)
    result = Delivery("http://localhost", connections, Pacer(Limits(patience=5.0)), Traffic())
    result.has_answered, result.outages.probes = True, probes
    return result


def test_responses_that_are_broken_each_time_are_the_providers(monkeypatch):
    """Where the list cannot be read either, the target is there all the same: the run does not wait."""
    connections = Failing(is_http=True)
    response = delivery_on(connections, monkeypatch).deliver(outgoing("GET"))
    assert (response.status, response.attempts) == (CUT_OFF, 4)
    assert connections.sent < 20


def test_write_whose_response_is_broken_is_done_again_first(monkeypatch):
    """A write is lost until it has failed so often in the same way."""
    delivery = delivery_on(Failing(is_http=True), monkeypatch)
    for _ in range(3):
        with pytest.raises(ResponseLost):
            delivery.deliver(outgoing("POST"))
        delivery.begin_unit(again=True)
    assert delivery.deliver(outgoing("POST")).attempts == 4


class Regular(Failing):
    """Connections on which every n-th request, or every n-th with a method, gets a page."""

    def __init__(self, period: int, method: bytes = b"") -> None:
        super().__init__(is_http=True)
        self.period, self.method = period, method

    def send(self, request: httpcore.Request, timeout: float, *largest: int, **how: bool) -> RawResponse:
        self.sent += request.method == self.method or not self.method
        is_counted = request.method == self.method or not self.method
        is_hit = is_counted and self.sent % self.period == 0
        headers = (("Content-Type", "text/html" if is_hit else "application/json"),)
        return RawResponse(502 if is_hit else 200, headers, b"<html>" if is_hit else b"{}")


@pytest.mark.parametrize("period", [2, 3, 7, 10, 11, 50])
@pytest.mark.parametrize("method", [b"", b"PATCH"])
def test_faults_at_regular_distances_are_no_findings(period, method, monkeypatch):
    """A unit of as many requests as there are between two faults has the same one hit each time."""
    delivery = delivery_on(Regular(period, method), monkeypatch)
    delivery.traffic.sent = 10**6  # the share that fails is another matter
    delivery.is_open = lambda name: isinstance(delivery._attempt(outgoing(name)), Response)
    for length in range(1, 14):
        delivery.begin_unit()
        for again in range(40):
            try:
                for _ in range(length):
                    response = delivery.deliver(outgoing("PATCH"))
                    assert response.attempts == 1
                break
            except ResponseLost:
                assert again < 30
                try:
                    delivery.begin_unit(again=True)
                except NetworkUnstable:
                    break
            except NetworkUnstable:
                break


@pytest.mark.parametrize(
    "failure",
    [failure for failure in NetworkFailure if failure not in (NetworkFailure.CUT, NetworkFailure.RESET)],
)
def test_finding_says_what_is_wrong_with_the_response(failure, monkeypatch):
    """A response that is too large, malformed or late is not told as a connection that was cut."""
    delivery = delivery_on(
        Failing(is_http=True, failure=failure, detail="its body is large"), monkeypatch, ()
    )
    response = delivery.deliver(outgoing("GET"))
    assert (response.status, response.problem) == (CUT_OFF, "its body is large")


def test_list_that_is_too_large_in_the_middle_ends_the_run(monkeypatch):
    """What is too large once may be damaged; the list that is so again is no outage."""

    def listing():
        prepared = PreparedRequest(Case("operation"), "GET", "/", (), None, role="list")
        return Outgoing(prepared, make_request("GET", "http://localhost/", ()))

    too_large = {"failure": NetworkFailure.TOO_LARGE, "detail": "its body of 70 bytes is larger than 60"}
    connections = Failing(is_http=True, **too_large)
    with pytest.raises(RunEnded, match="of 70 bytes"):
        delivery_on(connections, monkeypatch, (listing,)).deliver(listing())
    assert connections.sent < 10


def test_nothing_but_responses_that_are_too_large_is_not_waited_for(monkeypatch):
    """After some probes it is clear that no network does that."""
    too_large = {"failure": NetworkFailure.TOO_LARGE, "detail": "its head is larger than 60 bytes"}
    connections = Failing(is_http=False, **too_large)
    delivery = delivery_on(connections, monkeypatch)
    for _ in range(5):
        with pytest.raises(Outage, match="its head is larger"):
            delivery.deliver(outgoing("GET"))
    assert connections.sent <= 10


class Answering(Failing):
    """Connections on which each exchange has this response."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(is_http=True)
        self.status, self.body = status, body

    def send(self, request: httpcore.Request, timeout: float, *largest: int, **how: bool) -> RawResponse:
        self.sent += 1
        return RawResponse(self.status, (("Content-Type", "text/html"),), self.body)


@pytest.fixture
def clock(monkeypatch):
    """A clock that only pauses move; its reading is the first item."""
    reading = [0.0]

    def pause(seconds):
        reading[0] += seconds

    monkeypatch.setattr(deliveries.time, "sleep", pause)
    monkeypatch.setattr(deliveries.time, "monotonic", lambda: reading[0])
    return reading


@pytest.mark.parametrize(
    ("status", "seconds"), [(403, 10), (404, 10), (400, 10), (302, 10), (408, 60), (503, 60), (200, 60)]
)
def test_gateway_that_refuses_everything_is_not_waited_for_as_long(status, seconds, clock):
    """What a gateway refuses, it seldom allows a minute later; what is maintained, comes back."""
    delivery = Delivery(
        "http://localhost",
        Answering(status, b"<html>"),
        Pacer(Limits(patience=60.0)),
        Traffic(),
        error_members=frozenset({"code", "message"}),
    )
    delivery.has_answered, delivery.outages.probes = True, (read, read)
    with pytest.raises(Outage, match=str(status)):
        delivery.deliver(read())
    assert seconds - 6 < clock[0] <= seconds


def test_response_without_an_end_is_not_waited_for(clock):
    """A server that begins each response, and ends none, is there: two probes show it."""
    endless = {"failure": NetworkFailure.TIMEOUT, "detail": "nothing but interim responses (1xx)"}
    connections = Failing(is_http=True, **endless)
    delivery = Delivery("http://localhost", connections, Pacer(Limits(patience=600.0)), Traffic())
    delivery.has_answered, delivery.outages.probes = True, (read, read)
    with pytest.raises(Outage, match="nothing but interim responses"):
        delivery.deliver(read())
    assert connections.sent <= 6


def test_nothing_is_sent_twice_after_an_outage(monkeypatch):
    """The clean-up tries once; where that has no answer either, the rest ends without a request."""
    connections = Failing(is_http=False)
    delivery = delivery_on(connections, monkeypatch)
    with pytest.raises(Outage):
        delivery.deliver(outgoing("GET"))
    before = connections.sent
    for _ in range(3):
        with pytest.raises(Outage):
            delivery.deliver(outgoing("DELETE"))
    assert connections.sent == before + 1


def test_bytes_that_are_no_http_are_an_outage(monkeypatch):
    """What never begins as HTTP may come from the way: the run waits, and ends."""
    with pytest.raises(Outage):
        delivery_on(Failing(is_http=False), monkeypatch).deliver(outgoing("GET"))


def test_all_responses_broken_from_a_moment_on_are_an_outage(monkeypatch):
    """Where a read that depends on nothing of this run is broken, too, something on the way damages all."""
    with pytest.raises(Outage):
        delivery_on(Failing(is_http=True), monkeypatch, (read, read)).deliver(outgoing("GET"))


def test_request_of_a_repeated_unit_is_sent_on_a_new_connection(monkeypatch):
    """A server that resets each connection after some requests would else fail the same request each time."""
    connections = Failing(is_http=True)
    delivery = delivery_on(connections, monkeypatch, ())
    before = []
    for _ in range(2):
        before.append(connections.renewed)
        with pytest.raises(ResponseLost):
            delivery.deliver(outgoing("POST"))
        delivery.begin_unit(again=True)
    assert before[1] == before[0] < connections.renewed


def test_write_with_429_begins_its_unit_anew_a_few_times(monkeypatch):
    """What limits a run may have let the write pass; where it always answers 429, the unit goes on."""
    delivery = delivery_on(Failing(is_http=True), monkeypatch)
    lost = 0
    for position in range(6):
        delivery._losses.position = position
        try:
            delivery.lose_limited(outgoing("POST"))
        except ResponseLost:
            lost += 1
    delivery.lose_limited(outgoing("GET"))
    assert lost == 3


def test_findings_after_a_write_that_was_sent_again_begin_the_unit_anew(monkeypatch):
    """A delete that was done and answered with 429 is answered with 404 then; a constant one is judged."""
    delivery = delivery_on(Failing(is_http=True), monkeypatch)
    lost = 0
    for _ in range(20):
        delivery.begin_unit(again=True)
        delivery._losses.key_of(outgoing("DELETE").prepared)
        try:
            delivery.lose_limited(outgoing("DELETE"))
            delivery.confirm_order()
        except ResponseLost:
            lost += 1
    assert lost == 9
    delivery.begin_unit()
    delivery.confirm_order()


@pytest.mark.parametrize("more", [b"", b"HTTP/1.1 200 OK"])
def test_response_that_is_followed_by_another_one(more):
    """What follows the last response on its connection shows that this was that to another request."""
    exchange = WireExchange()
    exchange.latest = httpcore.MockStream([more])
    assert exchange.receives_more(0.01) is bool(more)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (httpcore.ConnectError, "the TLS handshake fails"),
        (httpcore.ReadError, "the TLS connection breaks off within the exchange"),
        (httpcore.WriteError, "the TLS connection breaks off within the exchange"),
    ],
)
def test_an_alert_is_told_by_when_it_came(error, words):
    """What the handshake had agreed on already does not fail for want of a certificate."""
    failure = explain(error(ssl.SSLError(1, "alert")), WireExchange(), None)
    assert (failure.failure, failure.detail) == (NetworkFailure.TLS, words)


def test_another_request_at_the_place_of_a_lost_one_is_told_from_it(monkeypatch):
    """The clean-up deletes what is left: when it begins anew, the same delete is of another collection."""

    def deleting(path):
        prepared = PreparedRequest(Case("operation"), "DELETE", path, (), None)
        return Outgoing(prepared, make_request("DELETE", f"http://localhost{path}", ()))

    delivery = delivery_on(Failing(is_http=True), monkeypatch)
    delivery.outages.neighbors = {"/redis": read, "/dynamodb": read}
    for number, path in enumerate(("/redis/1", "/dynamodb/2", "/redis/3")):
        with pytest.raises(ResponseLost):
            delivery.deliver(deleting(path))
        delivery.begin_unit(again=True)
        for _ in range(number):
            delivery._attempt(read())
