"""Text for `storepact contracts check` and `contracts impact`."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby, islice

from storepact.model.counts import many
from storepact.pacts.contract_check import CheckedContract, CheckedDisagreement, ContractCheck, FileLocation
from storepact.pacts.disagreement import NOT_COMPARED, Level
from storepact.pacts.impact import Place
from storepact.pacts.impact_map import ImpactMap
from storepact.report.finding_text import readable_pointer

_INDENT = " " * 10

#: Different disagreements of a contract, and interactions of one of them, that are listed.
_MOST_GROUPS, _MOST_PLACES = 500, 50


def render(
    check: ContractCheck, width: int, *, notes: bool = False, strict: bool = False, quiet: bool = False
) -> str:
    """The result of a check, wrapped at `width` columns: each contract, what none of them uses, the verdict.

    With `notes` the disagreements of that level are included; with `strict` warnings fail. A `quiet` result
    has a line for each disagreement that fails, the totals and the verdict.
    """
    lines: list[str] = []
    if quiet:
        lines += _titles(check, width, strict=strict)
    else:
        for contract in check.contracts:
            lines += _contract_lines(contract, width, notes, check.provider)
        lines += _unused_lines(check, width)
    lines += textwrap.wrap(_totals(check, notes=notes, strict=strict), width)
    if check.fits(strict=strict):
        verdict = "FITS: what the consumers rely on is described."
    elif check.counts.error:
        verdict = "DOES NOT FIT: see above."
    else:
        verdict = "DOES NOT FIT: with --strict warnings count, too."
    lines += textwrap.wrap(verdict, width)
    return "\n".join(lines) + "\n"


def provider_states(states: Iterable[tuple[str, str]], width: int) -> str:
    """The provider states that can be set up, each with what a target needs for it."""
    lines = ["Provider states, in any letter case and with their usual synonyms:"]
    for name, needs in states:
        lines += _wrap("  ", f"{name}  ({needs})", width)
    return "\n".join(lines) + "\n"


def _titles(check: ContractCheck, width: int, *, strict: bool) -> Iterator[str]:
    """A line for each disagreement that fails."""
    levels = (Level.ERROR, Level.WARNING) if strict else (Level.ERROR,)
    titles = (
        f"{contract.consumer}: {item.operation}: {item.message}"
        for contract in check.contracts
        for interaction in contract.interactions
        for item in interaction.disagreements
        if item.level in levels
    )
    for title in dict.fromkeys(titles):
        yield from _wrap("", title, width)


def _totals(check: ContractCheck, *, notes: bool, strict: bool) -> str:
    counts = check.counts
    interactions = sum(len(contract.interactions) for contract in check.contracts)
    text = ", ".join(
        (
            many(len(check.contracts), "contract"),
            f"{many(interactions, 'interaction')}: {many(counts.error, 'error')}",
            many(counts.warning, "warning"),
            many(counts.note, "note"),
        )
    )
    if counts.note and not notes:
        text += " (--notes shows them)"
    if counts.warning and not strict and not counts.error:
        text += "; warnings do not fail (--strict)"
    return text


def _contract_lines(contract: CheckedContract, width: int, notes: bool, provider: str) -> Iterator[str]:
    """A contract; a disagreement that several interactions share is listed once, with all of them."""
    title = f"{contract.consumer} ({contract.file}, {many(len(contract.interactions), 'interaction')}): "
    title += contract.verdict
    if contract.foreign:
        title += f"; its provider is {contract.provider!r}: `verify` tests pacts with {provider!r} only"
    yield from textwrap.wrap(title, width, break_long_words=False, break_on_hyphens=False)
    for unusable in contract.unusable:
        where = f"“{unusable.description}”, " if unusable.description else ""
        yield from _wrap("  unread  ", f"{where}{_location(unusable.pact)}: {unusable.problem}", width)
    if contract.not_compared:
        yield from _wrap("  note    ", f"not compared: {contract.not_compared}", width)
    groups: dict[tuple[Level, str, str, str], list[tuple[str, CheckedDisagreement]]] = {}
    for interaction in contract.interactions:
        for item in interaction.disagreements:
            if item.level is not Level.NOTE or notes or item.rule == NOT_COMPARED:
                key = (item.level, item.rule, item.message, item.document.pointer)
                groups.setdefault(key, []).append((interaction.description, item))
    ordered = sorted(groups.items(), key=lambda group: group[0][0].rank)
    for (level, *_), items in ordered[:_MOST_GROUPS]:
        yield from _disagreement_lines(level, items, width)
    if len(ordered) > _MOST_GROUPS:
        yield from _wrap("  …       ", f"{len(ordered) - _MOST_GROUPS} more (--json has all)", width)
    yield ""


def _disagreement_lines(
    level: Level, items: list[tuple[str, CheckedDisagreement]], width: int
) -> Iterator[str]:
    first = items[0][1]
    operations = ", ".join(islice(dict.fromkeys(item.operation for _, item in items if item.operation), 5))
    message = f"{operations}: {first.message}" if operations else first.message
    yield from _wrap(f"  {level:<8}", message, width)
    if first.rule != "optional" and (first.expected or first.actual):
        described = f"described: {first.expected}; " if first.expected else ""
        yield from _wrap(_INDENT, f"{described}in the pact: {first.actual}", width)
    for description, item in items[:_MOST_PLACES]:
        yield from _wrap(_INDENT, f"in “{description}”, {_location(item.pact)}", width)
    if len(items) > _MOST_PLACES:
        yield from _wrap(_INDENT, f"and in {many(len(items) - _MOST_PLACES, 'more interaction')}", width)
    if first.document.pointer:
        yield from _wrap(_INDENT, f"by {_location(first.document)}", width)
    if first.reason:
        yield from _wrap(_INDENT, f"the document says: {first.reason}", width)


def _location(location: FileLocation) -> str:
    line = f":{location.line}" if location.line else ""
    return f"{location.file}{line} {readable_pointer(location.pointer)}"


def _wrap(indent: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        max(width, 30),
        initial_indent=indent,
        subsequent_indent=" " * min(len(indent) + 2, 12),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _unused_lines(check: ContractCheck, width: int) -> Iterator[str]:
    if not check.unused and not check.unused_in_requests:
        return
    by_whom = (
        "relied on by none of them (safe to change)" if check.whole else "used by none of the pacts given"
    )
    yield from textwrap.wrap(f"Described, and {by_whom}:", width)
    never_called = {place.operation for place in check.unused_in_requests if not place.member}
    in_responses = [place for place in check.unused if place.operation not in never_called]
    for response, members in _by_response(in_responses):
        yield from _wrap("  ", f"{response}: {', '.join(members)}" if all(members) else response, width)
    for operation, members in _by_response(check.unused_in_requests):
        text = f"{operation}, request: {', '.join(members)}" if all(members) else f"{operation}: never called"
        yield from _wrap("  ", text, width)
    yield ""


def _by_response(places: Iterable[Place]) -> Iterator[tuple[str, list[str]]]:
    """Members by operation and status; then, by operation, the statuses that are unused as a whole."""
    statuses: dict[str, list[str]] = {}
    members = []
    for place in places:
        if place.member or not place.status:
            members.append(place)
        else:
            statuses.setdefault(place.operation, []).append(place.status)
    for key, group in groupby(members, key=lambda place: (place.operation, place.status)):
        yield " ".join(part for part in key if part), _join_headers([place.member for place in group])
    for operation, unused in statuses.items():
        yield operation, [f"all of {status}" for status in unused]


def _join_headers(members: list[str]) -> list[str]:
    """Join headers that share the first two words of their names, such as X-Ratelimit."""
    families: dict[str, list[str]] = {}
    for member in members:
        if member.startswith("header "):
            name = member.removeprefix("header ")
            families.setdefault("-".join(name.split("-")[:2]), []).append(name)
    headers = [
        f"{len(names)} headers {prefix}-*" if len(names) > 1 else f"header {names[0]}"
        for prefix, names in families.items()
    ]
    return headers + [member for member in members if not member.startswith("header ")]


def rows(impact: ImpactMap) -> Iterator[tuple[str, ...]]:
    """A table of the map: the column titles, then a row for each place."""
    yield ("operation", "status", "member", "affected", "not affected")
    for place in impact.places:
        member = place.member or "(whole response)"
        others = ", ".join(place.others) or "-"
        yield (place.operation, place.status, member, ", ".join(place.consumers), others)
    for unused in impact.unused:
        whole = "(whole response)" if unused.status else "(whole request)"
        status = unused.status or "request"
        yield (unused.operation, status, unused.member or whole, "none", ", ".join(impact.consumers))
