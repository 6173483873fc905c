"""Scenarios of response headers: the origins of browsers (D26), and what a rate limit leaves (D25)."""

from __future__ import annotations

from dataclasses import dataclass, field

from storepact.engines.story import Headers, Story
from storepact.families.persistent_store.scenarios.steps import (
    change,
    create,
    delete,
    list_all,
    patch,
    read,
)
from storepact.model.case import Auth
from storepact.model.errors import PrerequisiteMissing
from storepact.model.exchange import Exchange
from storepact.model.flaw import FlawKind
from storepact.model.outcome import Reason
from storepact.model.story import Divergence

_ORIGIN = "https://storepact.example.com"
_ALLOW_ORIGIN = "Access-Control-Allow-Origin"

#: Each limit, and the header that says when its window ends.
_LIMITS = (("Global", "Reset"), ("Route", "Reset"), ("Auth-Token", "Auth-Token-Reset"))


def send_from_browser(story: Story) -> None:
    """A browser's origin is echoed, or any is allowed, in refusals as in successes."""
    headers: Headers = (("Origin", _ORIGIN),)
    listing = list_all(story, does="list all integrations from a browser", headers=headers)
    integration = create(story, does="create from a browser", headers=headers)
    exchanges = [
        ("the list", listing),
        ("the create", story.entries[-1].exchange),
        ("the get", read(story, integration, headers=headers)),
        ("the patch", patch(story, integration, change("/on", True), headers=headers)),
        ("a patch that is refused", patch(story, integration, change("/on", "yes"), headers=headers)),
        ("a get without a token", read(story, integration, auth=Auth.NONE, headers=headers)),
        ("the delete", delete(story, integration, headers=headers)),
        ("a get of what is gone", read(story, integration, headers=headers)),
    ]
    is_supported = listing.response.header(_ALLOW_ORIGIN) is not None
    for name, exchange in exchanges:
        _check_origin(story, name, exchange, is_supported=is_supported)
    if not is_supported:
        raise PrerequisiteMissing(Reason.NOT_OFFERED, f"no response has {_ALLOW_ORIGIN}")


def _check_origin(story: Story, name: str, exchange: Exchange, *, is_supported: bool) -> None:
    value = exchange.response.header(_ALLOW_ORIGIN)
    expected = f"{_ORIGIN} or *"
    if value is None and is_supported:
        message = f"{name} lacks {_ALLOW_ORIGIN}, which other responses have"
        divergence = Divergence(
            "origin_is_allowed", "", message, expected, "absent", "absent", FlawKind.MISSING
        )
        story.report_divergence(divergence, exchange)
    if value not in (None, "*", _ORIGIN):
        message = f"{_ALLOW_ORIGIN} of {name} is neither the origin of the request nor *"
        divergence = Divergence("origin_is_allowed", "", message, expected, str(value), "other")
        story.report_divergence(divergence, exchange)


@dataclass
class _LimitCounters:
    """What each limit left at the last response: (end of its window, remaining calls), by limit and route."""

    story: Story
    last: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)

    def check(self, exchange: Exchange, route: str) -> None:
        """Compare what a response says of each limit with the response before."""
        for limit, reset in _LIMITS:
            remaining = exchange.response.header(f"X-Ratelimit-{limit}-Remaining") or ""
            end = exchange.response.header(f"X-Ratelimit-{reset}") or ""
            if remaining.isdigit() and end:
                self._check_limit(limit, route if limit == "Route" else "", end, int(remaining))

    def _check_limit(self, limit: str, route: str, end: str, remaining: int) -> None:
        window, before = self.last.get((limit, route), ("", 0))
        if window == end and remaining > before:
            message = f"X-Ratelimit-{limit}-Remaining grew from {before} to {remaining} within one window"
            self.story.report_divergence(
                Divergence(
                    "limits_count_down",
                    "",
                    message,
                    f"at most {before}",
                    str(remaining),
                    f"{limit} grows",
                    FlawKind.CONTRADICTION,
                )
            )
        self.last[limit, route] = (end, remaining)


def count_limits(story: Story) -> None:
    """What a limit leaves never grows within its window, whichever operation is requested."""
    counters = _LimitCounters(story)
    integration = create(story)
    for index in range(12):
        match index % 3:
            case 0:
                counters.check(list_all(story), "list")
            case 1:
                counters.check(read(story, integration), "get")
            case _:
                switch = change("/on", index % 2 == 0)
                counters.check(patch(story, integration, switch), "update")
    if not counters.last:
        message = "no response has headers of limits: none seems to be enforced"
        raise PrerequisiteMissing(Reason.NOT_OFFERED, message)
