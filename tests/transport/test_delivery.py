"""What becomes of requests whose responses break the rules of HTTP each time."""

from __future__ import annotations

import httpcore
import pytest

from storepact.model.case import Case, PreparedRequest
from storepact.model.errors import Outage, ResponseLost
from storepact.model.exchange import CUT_OFF
from storepact.model.network import NetworkFailure, Traffic
from storepact.transport import delivery as deliveries
from storepact.transport.delivery import Delivery
from storepact.transport.network_errors import NetworkError
from storepact.transport.pacing import Limits, Pacer
from storepact.transport.streams import WireExchange
from storepact.transport.wire_requests import Outgoing, make_request


class Failing:
    """Connections on which no exchange comes about."""

    def __init__(self, *, is_http: bool) -> None:
        self.is_http, self.sent, self.renewed = is_http, 0, 0

    def send(self, request: httpcore.Request, timeout: float, *largest: int) -> None:
        self.sent += 1
        raise NetworkError(NetworkFailure.MALFORMED, "more was sent than the response", is_http=self.is_http)

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
    result.has_answered, result.probes = True, probes
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
