"""Which responses to single requests may only be late, what is sent then, and which reading counts as new."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from storepact.engines.late import Late
from storepact.engines.pact_relay import Relay
from storepact.engines.provider_states import Setup
from storepact.families import DEFAULT_FAMILY
from storepact.model.api import Scope
from storepact.model.case import Auth, Case, PreparedRequest
from storepact.model.exchange import Exchange, Request, Response
from storepact.model.expectation import Expectation, Promise

SCOPE = Scope(("default", "test"))
SUCCESS = {"get": 200, "update": 200, "delete": 204}
METHODS = {"get": "GET", "update": "PATCH", "delete": "DELETE", "list": "GET", "create": "POST"}


def exchange(status: int, body: bytes = b"{}") -> Exchange:
    """A response with this status."""
    return Exchange(Request("GET", "/x", ()), Response(status, (), body))


def prepared(role: str, created_id: str | None = "one", **changes: object) -> PreparedRequest:
    """A request to a resource of the run."""
    case = Case(role, "redis", **changes)
    return PreparedRequest(
        case, METHODS[role], f"/x/{created_id}", (), None, created_id=created_id, role=role
    )


class Provider:
    """Responds to each request with the next status of its method, the last one again and again."""

    def __init__(self, **statuses: list[int]) -> None:
        self.statuses, self.sent = statuses, []

    def __call__(self, request: PreparedRequest) -> Exchange:
        self.sent.append(request.method)
        left = self.statuses[request.method]
        return exchange(left.pop(0) if len(left) > 1 else left[0])


def late(provider: Provider, has_get: bool = True) -> Late:
    """The maker of repetitions; its only other request is the get of a resource."""
    preparer = SimpleNamespace(
        has_operation=lambda role: has_get,
        operation=lambda role: SimpleNamespace(id=role),
        prepare=lambda case, identifier, scope: prepared("get", identifier),
    )
    return Late(preparer, provider, lambda request, scope: Expectation(Promise.ACCEPT, "", frozenset({200})))


def promise_of(role: str, promise: Promise = Promise.ACCEPT) -> Expectation:
    """The promise of success."""
    return Expectation(promise, "it is valid", frozenset({SUCCESS.get(role, 200)}))


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize("role", ["get", "update", "delete"])
def test_what_is_not_found_though_it_exists_is_sent_again(role: str, status: int) -> None:
    """A get at once; a write only after a get shows that the resource is there."""
    provider = Provider(GET=[404, 200], PATCH=[200], DELETE=[204])
    repetition = late(provider).of_case(prepared(role), promise_of(role), exchange(status), SCOPE)
    assert repetition is not None
    assert not repetition.keeps_response
    assert not repetition.shows_new(repetition.read())
    assert repetition.shows_new(repetition.read())
    assert provider.sent == {"get": ["GET"] * 2}.get(role, ["GET", "GET", METHODS[role]])


@pytest.mark.parametrize(
    ("request_", "expectation", "status"),
    [
        (prepared("get"), promise_of("get"), 200),
        (prepared("get"), promise_of("get"), 500),
        (prepared("update"), promise_of("update"), 409),
        (prepared("get"), Expectation(Promise.SILENT, "", frozenset({200, 404})), 404),
        (prepared("get"), promise_of("get", Promise.REFUSE), 404),
        (prepared("get", absent=True), promise_of("get"), 404),
        (prepared("delete", absent=True), promise_of("delete"), 404),
        (prepared("update", None), promise_of("update"), 404),
        (prepared("list"), promise_of("list"), 404),
        (prepared("create"), promise_of("create"), 404),
    ],
)
def test_what_cannot_be_late_is_not_sent_again(request_, expectation, status) -> None:
    """It exists, is refused for another reason, may be missing, or is no resource of this run."""
    provider = Provider(GET=[200])
    assert late(provider).of_case(request_, expectation, exchange(status), SCOPE) is None
    assert provider.sent == []


def test_a_write_needs_a_get() -> None:
    """An API that describes no get cannot show that the resource is there."""
    provider = Provider(GET=[200])
    answer = late(provider, has_get=False).of_case(
        prepared("update"), promise_of("update"), exchange(404), SCOPE
    )
    assert answer is None


LISTED = b'{"items": [{"_id": "one"}]}'


@pytest.mark.parametrize(
    ("role", "identifier", "is_deleted", "answer", "shows"),
    [
        ("get", "one", False, exchange(200), True),
        ("get", "one", False, exchange(404), False),
        ("get", "one", True, exchange(404), True),
        ("get", "one", True, exchange(200), False),
        ("get", "one", False, exchange(500), True),
        ("get", "another", False, exchange(404), True),
        ("get", None, False, exchange(404), True),
        ("update", "one", False, exchange(404), True),
        ("list", "one", False, exchange(200, LISTED), True),
        ("list", "another", False, exchange(200, LISTED), False),
        ("list", "one", True, exchange(200, LISTED), False),
        ("list", "another", True, exchange(200, LISTED), True),
        ("list", "one", False, exchange(500, b"{}"), True),
    ],
)
def test_the_relay_reads_again_what_lacks_the_provider_state(role, identifier, is_deleted, answer, shows):
    """A read that lacks the resource of a state, or shows the one that a state has deleted, is late.

    With --settle the later response is passed on; without it the first one, and the outcome is *stale*.
    """
    reads = []

    def repeat(what, read, is_new):
        reads.append(what)
        return exchange(204)

    for forgives in (True, False):
        settling = SimpleNamespace(repeat=repeat, forgives=forgives)
        relay = Relay(SimpleNamespace(family=DEFAULT_FAMILY, settling=settling))
        relay._setup = Setup(identifier=identifier, is_deleted=is_deleted)
        result = relay._settle(prepared(role, "one"), answer, None)
        assert result.response.status == (204 if forgives and not shows else answer.response.status)
        assert relay.is_stale is (not shows and not forgives)
    assert bool(reads) is not shows


def test_a_read_with_a_refused_token_is_not_read_again() -> None:
    """Its refusal does not depend on what exists."""
    relay = Relay(SimpleNamespace(family=DEFAULT_FAMILY, settling=None))
    relay._setup = Setup(identifier="one")
    answer = exchange(404)
    assert relay._settle(prepared("get", auth=Auth.GARBAGE), answer, None) is answer


def test_a_late_response_of_the_sender_is_passed_on() -> None:
    """The sender has read again already: the first response counts where lateness is not allowed."""
    relay = Relay(SimpleNamespace(family=DEFAULT_FAMILY, settling=None))
    first = exchange(404)
    assert relay._settle(prepared("get"), exchange(200), first) is first
    assert relay.is_stale
