"""Attribute a difference to a check: by its member, and by what happened since the member was last right."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from storepact.families.persistent_store.oracle.comparison import Difference, Phrase, shown_value
from storepact.families.persistent_store.oracle.contrast import narrow, short_texts
from storepact.families.persistent_store.oracle.world import Event, Integration
from storepact.model.exchange import json_text
from storepact.model.flaw import FlawKind
from storepact.model.story import Divergence

#: Characters of a value that is right.
_LONGEST_RIGHT = 2_000

#: The check that each event is blamed under; what happened to the integration itself comes first.
_BLAME = {
    Event.REFUSAL: "refused_changes_nothing",
    Event.WRITE: "read_shows_last_write",
    Event.SIBLING_WRITE: "siblings_stay_untouched",
    Event.CREATE_ELSEWHERE: "scopes_are_apart",
    Event.OTHER_SCOPE: "scopes_are_apart",
}

#: Checks of the integration as a whole: however many members differ, it is one finding.
_WHOLE = frozenset({*_BLAME.values(), "list_shows_what_lives"})

#: Checks after whose failure on a write the shown values are adopted, so that later steps can be predicted.
_RECOVERABLE = frozenset(
    {
        "write_is_kept_as_given",
        "defaults_hold",
        "version_counts_updates",
        "identity_is_its_own",
        "links_lead_there",
    }
)


def is_recoverable(divergence: Divergence) -> bool:
    """Whether a story can go on after it as if the provider had done what it showed.

    It cannot where the id or the scope is wrong: the integration could not be requested any more.
    """
    lost = ("/_id", "/projectKey", "/environmentKey")
    return divergence.rule in _RECOVERABLE and divergence.member not in lost


def blame(events: tuple[Event, ...]) -> str:
    """The check to report, given what happened since the integration was last shown as predicted."""
    return next((check for event, check in _BLAME.items() if event in events), "read_shows_last_write")


def explain(check: str, integration: Integration) -> str:
    """Why a member must have the predicted value; empty where the check says it all."""
    return {
        "read_shows_last_write": "an earlier response showed it",
        "refused_changes_nothing": "what was refused in between has left a trace",
        "siblings_stay_untouched": (
            "nothing has written it here; another integration was written since it was last right"
        ),
        "scopes_are_apart": "another project, environment or kind was written to in between, not this one",
        "secret_survives": f"the password of this {integration.kind} integration was not written in between",
    }.get(check, "")


def attribute(
    differences: Sequence[Difference], integration: Integration, role: str, before: Integration
) -> list[tuple[str, Difference]]:
    """Each difference with the name of the check that it breaks.

    `role` is that of the operation, `before` the integration before this request.
    """
    pairs = [(_check_of(difference, integration, role, before), difference) for difference in differences]
    if role != "get":
        return pairs
    # all differences of one read have one cause: the check that explains most is reported for all of them
    checks = {check for check, _ in pairs}
    ruling = next((check for check in _BLAME.values() if check in checks), "")
    previous = integration.previous
    if previous is not None and all(
        difference.actual == shown_value(previous, difference.name) for difference in differences
    ):
        ruling = "read_shows_last_write"
    return [(ruling if check in _BLAME.values() else check, difference) for check, difference in pairs]


def _check_of(difference: Difference, integration: Integration, role: str, before: Integration) -> str:
    if difference.flaw is FlawKind.IDENTITY:
        return "identity_is_its_own"
    if difference.flaw is FlawKind.REDACTION:
        return "secret_survives"
    if role == "list":
        return "list_shows_what_lives"
    if role == "create":
        checks = {FlawKind.VERSION: "version_counts_updates", FlawKind.DEFAULT: "defaults_hold"}
        return checks.get(difference.flaw, "write_is_kept_as_given")
    if role == "update":
        is_version = difference.flaw is FlawKind.VERSION
        return "version_counts_updates" if is_version else _check_of_update(difference, integration, before)
    return _check_of_read(difference, integration)


def _check_of_update(difference: Difference, integration: Integration, before: Integration) -> str:
    """The check that an update's response breaks: what it shows may have been wrong before it."""
    name = difference.name
    if _comes_from_refusal(difference, before):
        return "refused_changes_nothing"
    is_written = name in integration.unconfirmed or shown_value(before, name) != shown_value(
        integration, name
    )
    if not is_written and before.events:
        return blame(before.events)
    old = before.config.get(name.removeprefix("config/"))
    is_new = difference.flaw is FlawKind.DEFAULT and difference.actual != old
    return "defaults_hold" if is_new and name.startswith("config/") else "write_is_kept_as_given"


def _check_of_read(difference: Difference, integration: Integration) -> str:
    name, previous = difference.name, integration.previous
    is_default = difference.flaw is FlawKind.DEFAULT
    if name in integration.unconfirmed:
        return "defaults_hold" if is_default and previous is None else "write_is_kept_as_given"
    if _comes_from_refusal(difference, integration):
        return "refused_changes_nothing"
    if previous is not None and difference.actual == shown_value(previous, name) != shown_value(
        integration, name
    ):
        return "read_shows_last_write"
    if difference.flaw is FlawKind.VERSION and Event.WRITE in integration.events:
        return "read_shows_last_write"
    is_first = integration.version == 1 and name.removeprefix("config/") not in integration.provider_values
    if is_default and is_first and name.startswith("config/"):
        return "defaults_hold"
    return blame(integration.events)


def _comes_from_refusal(difference: Difference, integration: Integration) -> bool:
    """Whether a refused update would have set just the value that is shown."""
    actual = difference.actual
    values = [value for name, value in integration.refused_values if name == difference.name]
    if actual in values:
        return True
    return isinstance(actual, list) and any(value in actual for value in values if isinstance(value, str))


def to_divergences(
    pairs: Sequence[tuple[str, Difference]], integration: Integration, role: str
) -> Iterator[Divergence]:
    """The divergences of one view: one for each difference, or for each check of the integration as whole."""
    place = "/items/*" if role == "list" else ""
    for check in dict.fromkeys(check for check, _ in pairs):
        differences = [difference for name, difference in pairs if name == check]
        if check in _WHOLE:
            yield _whole(check, differences, integration, place)
            continue
        for difference in differences:
            actual, expected = short_texts(difference.actual, difference.expected)
            yield Divergence(
                check,
                f"{place}{difference.member}",
                _sentence(difference),
                expected,
                actual,
                flaw=difference.shown_flaw,
                value=_value(difference.actual),
                right=_right(difference.expected),
                explanation=explain(check, integration),
            )


def _whole(check: str, differences: list[Difference], integration: Integration, place: str) -> Divergence:
    first, members = differences[0], tuple(difference.member for difference in differences)
    actual, expected = short_texts(first.actual, first.expected)
    return Divergence(
        check,
        f"{place}{first.member}",
        _sentence(first),
        expected,
        actual,
        "stale",
        FlawKind.OUTDATED if _has_old_version(differences) else FlawKind.STALE,
        members,
        _value(first.actual),
        _right(first.expected),
        explain(check, integration),
    )


def _has_old_version(differences: list[Difference]) -> bool:
    return any(difference.flaw is FlawKind.VERSION for difference in differences)


def _sentence(difference: Difference) -> str:
    if difference.flaw is FlawKind.REDACTION:
        return f"{difference.member}: {difference.actual}"
    place, actual, expected = narrow(difference.actual, difference.expected)
    actual_text, expected_text = short_texts(actual, expected)
    return f"{difference.member}{place} is {actual_text}, not {expected_text}"


def _value(value: Any) -> str:
    """A value as JSON with sorted keys, cut at 200 characters; empty where there is none."""
    return "" if isinstance(value, Phrase) else json_text(value)


def _right(value: Any) -> str:
    """The value that is right as JSON; empty for a description, and for what is too long or no JSON."""
    if isinstance(value, Phrase):
        return ""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        return ""
    return text if len(text) <= _LONGEST_RIGHT else ""
