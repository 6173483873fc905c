"""Scenarios of browsers: the Origin of every request, and preflights (D26)."""

from __future__ import annotations

from dataclasses import dataclass, field

from storepact.engines.story import Story
from storepact.engines.story_steps import Headers, Resource
from storepact.families.persistent_store.api import KINDS
from storepact.families.persistent_store.scenarios.steps import (
    ORIGIN,
    VERSION_HEADER,
    change,
    check_list,
    create,
    delete,
    list_all,
    patch,
    prepare_create,
    prepare_patch,
    read,
    send_through_post,
)
from storepact.model.case import Auth
from storepact.model.errors import PrerequisiteMissing
from storepact.model.exchange import Exchange
from storepact.model.flaw import FlawKind
from storepact.model.outcome import Reason
from storepact.model.story import Divergence

#: The origin of another browser.
_OTHER_ORIGIN = "https://other.storepact.example.org:8443"
_ALLOW = "Access-Control-Allow"
_ALLOW_ORIGIN, _ALLOW_METHODS, _ALLOW_HEADERS = f"{_ALLOW}-Origin", f"{_ALLOW}-Methods", f"{_ALLOW}-Headers"

#: Verbs that a preflight need not allow by name (Fetch, CORS-safelisted methods).
_SAFE_METHODS = ("GET", "POST")

_FROM_BROWSER: Headers = (("Origin", ORIGIN),)
_RULE = "origin_is_allowed"


@dataclass
class Browser:
    """The responses to a browser, each with what it is a response to and the origin that was sent."""

    story: Story
    exchanges: list[tuple[str, Exchange, str]] = field(default_factory=list)
    preflights: list[tuple[str, Exchange]] = field(default_factory=list)
    """Each with the verb that it is about."""

    def note(self, name: str, exchange: Exchange, origin: str = ORIGIN) -> None:
        """Keep a response."""
        self.exchanges.append((name, exchange, origin))

    def preflight(self, role: str, method: str, path: str) -> None:
        """Send the preflight that a browser sends before a request with a token."""
        names = f"authorization,content-type,{VERSION_HEADER.lower()}"
        headers: Headers = (
            (VERSION_HEADER, None),
            ("Origin", ORIGIN),
            ("Access-Control-Request-Method", method),
            ("Access-Control-Request-Headers", names),
        )
        does = f"ask from a browser whether it may {method} (a preflight)"
        exchange = self.story.follow(does, path, method="OPTIONS", headers=headers, auth=Auth.NONE, role=role)
        self.preflights.append((method, exchange))

    def judge(self) -> None:
        """Compare all responses: what one of them offers to browsers the others must not refuse.

        Raises:
            PrerequisiteMissing: none offers anything.
            StoryEnded: there is a finding.

        """
        everything = [*(exchange for _, exchange, _ in self.exchanges), *(e for _, e in self.preflights)]
        if not any(_is_for_browsers(exchange) for exchange in everything):
            message = f"no response has {_ALLOW_ORIGIN}: the provider is not made for browsers"
            raise PrerequisiteMissing(Reason.NOT_OFFERED, message)
        for name, exchange, origin in self.exchanges:
            self._check_origin(name, exchange, origin)
        preflights = [(method, exchange) for method, exchange in self.preflights if _has_response(exchange)]
        if not preflights:
            return  # OPTIONS is open (D7)
        for method, exchange in self.preflights:
            self._check_preflight(method, exchange)

    def _check_origin(self, name: str, exchange: Exchange, origin: str) -> None:
        values = [value for name, value in exchange.response.headers if name.lower() == _ALLOW_ORIGIN.lower()]
        value = ", ".join(values) if values else None  # a browser reads several as one
        expected = f"{origin} or *"
        if value is None:
            message = f"{name} lacks {_ALLOW_ORIGIN}, which other responses have"
            self._report(exchange, message, expected, "absent", "absent", FlawKind.MISSING)
        elif value not in ("*", origin):
            message = f"{_ALLOW_ORIGIN} of {name} is neither the origin of the request nor *"
            self._report(exchange, message, expected, value, "other", FlawKind.VALUE)

    def _check_preflight(self, method: str, exchange: Exchange) -> None:
        if not _has_response(exchange):
            message = f"the preflight of {method} is not answered, others are"
            status = str(exchange.response.status)
            self._report(exchange, message, "2xx", status, f"preflight {method}", FlawKind.STATUS)
        self._check_origin(f"the preflight of {method}", exchange, ORIGIN)
        methods = _names(exchange, _ALLOW_METHODS)
        if method not in (*_SAFE_METHODS, *methods) and "*" not in methods:
            message = f"the preflight of {method} does not allow it"
            self._report(
                exchange, message, method, ", ".join(methods), f"preflight {method} method", FlawKind.MISSING
            )
        headers = [name.lower() for name in _names(exchange, _ALLOW_HEADERS)]
        needed = ["authorization", VERSION_HEADER.lower()]
        needed += ["content-type"] if method in ("POST", "PATCH") else []
        missing = [name for name in needed if name not in headers and "*" not in headers]
        if missing:
            message = f"the preflight of {method} does not allow the header {missing[0]}"
            actual = ", ".join(headers)
            self._report(
                exchange, message, missing[0], actual, f"preflight {method} header", FlawKind.MISSING
            )

    def _report(
        self, exchange: Exchange, message: str, expected: str, actual: str, detail: str, flaw: FlawKind
    ) -> None:
        divergence = Divergence(_RULE, "", message, expected, actual, detail, flaw)
        self.story.report_divergence(divergence, exchange)


def send_from_browser(story: Story) -> None:
    """A browser's origin is echoed, or any is allowed, in refusals as in successes."""
    browser, headers = Browser(story), _FROM_BROWSER
    second_origin: Headers = (("Origin", _OTHER_ORIGIN),)
    does = "list all integrations from another browser"
    browser.note(
        "the list for another origin", list_all(story, does=does, headers=second_origin), _OTHER_ORIGIN
    )
    integration = create(story, does="create from a browser", headers=headers)
    creation = story.entries[-1].exchange
    browser.note("the create", creation)
    listing = list_all(story, does="list all integrations from a browser", headers=headers)
    browser.note("the list", listing)
    reading = read(story, integration, headers=headers)
    browser.note("the get", reading)
    browser.note("the patch", patch(story, integration, change("/on", True), headers=headers))
    browser.note("the get after it", read(story, integration, headers=headers))
    for role, exchange, method in (
        ("list", listing, "GET"),
        ("create", creation, "POST"),
        ("get", reading, "GET"),
        ("update", reading, "PATCH"),
        ("delete", reading, "DELETE"),
    ):
        browser.preflight(role, method, exchange.request.path)
    _refuse(browser, integration)
    _use_other_kinds(browser)  # after its delete, as some providers hold only one
    # a list that was kept for this origin would show what is gone
    last = check_list(story, does="list all integrations again", headers=headers)
    if last is not None:
        browser.note("the last list", last)
    browser.judge()


def _use_other_kinds(browser: Browser) -> None:
    """Create, read and delete an integration of each further kind from a browser."""
    for kind in KINDS[1:]:
        does = f"create a {kind} integration from a browser"
        integration = create(browser.story, kind, does=does, headers=_FROM_BROWSER)
        browser.note(f"the create of a {kind} integration", browser.story.entries[-1].exchange)
        for name, send in (("get", read), ("delete", delete)):
            exchange = send(browser.story, integration, headers=_FROM_BROWSER)
            browser.note(f"the {name} of a {kind} integration", exchange)


def _refuse(browser: Browser, integration: Resource) -> None:
    """Let every operation be refused from a browser, with the statuses that can be reached."""
    story, headers = browser.story, _FROM_BROWSER
    no_version: Headers = (*headers, (VERSION_HEADER, None))
    on = change("/on", True)
    browser.note("a patch that is refused", patch(story, integration, change("/on", "yes"), headers=headers))
    refused = prepare_create(story, on="yes", does="create with text for on from a browser", headers=headers)
    browser.note("a create that is refused", story.send(refused))
    browser.note("a get without a token", read(story, integration, auth=Auth.NONE, headers=headers))
    does = "list all integrations without the version header"
    browser.note("a list without the version header", list_all(story, does=does, headers=no_version))
    tunnelled = prepare_patch(integration, change("/name", "tunnelled"), headers=headers)
    browser.note("a tunnelled patch", send_through_post(story, tunnelled))
    for auth, name in ((Auth.EXHAUSTED, "a list beyond the limit"), (Auth.READER, "a list by a reader")):
        if story.has_token(auth):
            browser.note(name, list_all(story, auth=auth, headers=headers))
    browser.note("the delete", delete(story, integration, headers=headers))
    browser.note("a get of what is gone", read(story, integration, headers=headers))
    browser.note("a patch of what is gone", patch(story, integration, on, headers=headers))
    browser.note("a delete of what is gone", delete(story, integration, headers=headers))
    path = browser.exchanges[-1][1].request.path
    put = story.follow("PUT, which the path does not have", path, method="PUT", headers=headers)
    browser.note("a wrong verb", put)


def _is_for_browsers(exchange: Exchange) -> bool:
    return any(name.lower().startswith(f"{_ALLOW}-".lower()) for name, _ in exchange.response.headers)


def _has_response(exchange: Exchange) -> bool:
    """Whether a preflight is answered: a 2xx that says what is allowed."""
    response = exchange.response
    allowed = response.header(_ALLOW_METHODS) or response.header(_ALLOW_HEADERS)
    return 200 <= response.status < 300 and allowed is not None


def _names(exchange: Exchange, header: str) -> list[str]:
    """The elements of a list in all headers of a name."""
    values = [value for name, value in exchange.response.headers if name.lower() == header.lower()]
    return [element.strip() for value in values for element in value.split(",") if element.strip()]
