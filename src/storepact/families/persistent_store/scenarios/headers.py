"""Scenarios of headers: what a rate limit leaves (D25), and content types (D12)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from storepact.engines.story import Story
from storepact.engines.story_steps import Headers
from storepact.families.persistent_store.edge_values import OMIT
from storepact.families.persistent_store.scenarios.steps import (
    change,
    check_list,
    create,
    list_all,
    patch,
    prepare_create,
    prepare_patch,
    read,
    send_create,
    try_create,
)
from storepact.model.errors import PrerequisiteMissing
from storepact.model.exchange import Exchange
from storepact.model.flaw import FlawKind
from storepact.model.outcome import Reason
from storepact.model.story import Divergence
from storepact.model.whole_numbers import read_whole_number

#: Each limit, and the header that says when its window ends.
_LIMITS = (("Global", "Reset"), ("Route", "Reset"), ("Auth-Token", "Auth-Token-Reset"))

#: Content types of a patch that are JSON, and others that may be read or not (D12); None sends none.
_JSON_TYPES = (
    "application/json; charset=utf-8",
    'application/json;charset="UTF-8"',
    "application/json ; charset=utf-8",
)
_OTHER_TYPES: tuple[str | None, ...] = (
    "application/json-patch+json",
    "text/plain",
    "application/x-www-form-urlencoded",
    None,
)

#: Headers of clients that caches distinguish: what is kept for one of them is old after a change. A few lists
#: have two of them, as a cache is as old for both.
_CLIENTS: tuple[Headers, ...] = (
    (("Accept", "application/json;q=0.9, */*;q=0.1"),),
    (("Accept-Encoding", "gzip"),),
    (("Accept", "*/*"),),
    (("Accept", None),),
)
_OTHER_CLIENT: Headers = (("Accept-Encoding", "gzip"), ("Accept", None))

#: Every kind of character that JSON can escape, where it is escaped and where it stands as it is.
_TEXT = 'a/ /b "" \u00e9 \u00e9 \U0001f989 \U0001f989 \u540d\u540d'


@dataclass
class _LimitCounters:
    """What each limit left at the last response: (end of its window, remaining calls), by limit and route."""

    story: Story
    last: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)

    def check(self, exchange: Exchange, route: str) -> None:
        """Compare what a response says of each limit with the response before."""
        for limit, reset in _LIMITS:
            remaining = read_whole_number(exchange.response.header(f"X-Ratelimit-{limit}-Remaining") or "")
            end = exchange.response.header(f"X-Ratelimit-{reset}") or ""
            if remaining is not None and end:
                self._check_limit(limit, route if limit == "Route" else "", end, remaining)

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
                listing = list_all(story) if index in (0, 9) else check_list(story)
                if listing is not None:
                    counters.check(listing, "list")
            case 1:
                counters.check(read(story, integration), "get")
            case _:
                switch = change("/on", index % 2 == 0)
                counters.check(patch(story, integration, switch), "update")
    if not counters.last:
        message = "no response has headers of limits: none seems to be enforced"
        raise PrerequisiteMissing(Reason.NOT_OFFERED, message)


def send_content_types(story: Story) -> None:
    """A body is read or refused whatever it is declared as, and what is accepted is done.

    JSON means the same in every spelling: with escapes or without, and whatever blanks it has.
    """
    check_list(story, headers=_OTHER_CLIENT)
    step = prepare_create(
        story,
        does="create from JSON with escapes and blanks that mean nothing",
        headers=(("Content-Type", _JSON_TYPES[0]),),
        config={"password": OMIT},
        name=_TEXT,
    )
    integration = send_create(story, replace(step, respelled=True))
    read(story, integration, headers=_CLIENTS[0])
    check_list(story, headers=_OTHER_CLIENT)  # if the one before was kept, it is old
    for number, media in enumerate((*_JSON_TYPES, *_OTHER_TYPES)):
        headers: Headers = (("Content-Type", media),)
        is_json = media in _JSON_TYPES
        name = change("/name", f"{_TEXT} {number}" if is_json else f"type {number}")
        does = f"rename {{resource}} with a body {f'declared as {media}' if media else 'without a type'}"
        does += ", with escapes and blanks that mean nothing" if is_json else ""
        step = prepare_patch(integration, name, does=does, headers=headers)
        story.send(replace(step, respelled=is_json))
        read(story, integration, headers=_CLIENTS[(number + 1) % len(_CLIENTS)])
    does = "create with a body declared as text/plain"
    second = try_create(story, does=does, headers=(("Content-Type", "text/plain"),))
    if second is not None:
        read(story, second)
    check_list(story)
