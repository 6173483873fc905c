"""The comparison of contracts and document, and the map of who relies on what, as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any


def render(told: dict[str, Any], width: int, *, notes: bool = False, strict: bool = False) -> str:
    """Contract by contract, the same disagreement of several interactions once; then what nobody uses."""
    lines: list[str] = []
    for contract in told["contracts"]:
        lines += _contract(contract, width, notes)
    lines += _unused(told, width)
    counts = told["counts"]
    total = sum(len(contract["interactions"]) for contract in told["contracts"])
    said = f"{_many(len(told['contracts']), 'contract')}, {_many(total, 'interaction')}: "
    said += ", ".join(_many(counts[level], level) for level in ("error", "warning", "note"))
    if counts["note"] and not notes:
        said += " (--notes shows them)"
    if counts["warning"] and not strict and not counts["error"]:
        said += "; warnings do not fail (--strict)"
    lines += textwrap.wrap(said, width)
    verdict = "DOES NOT FIT" if counts["error"] or (strict and counts["warning"]) else "FITS"
    ending = {"FITS": "what the consumers rely on is described", "DOES NOT FIT": "see above"}[verdict]
    if verdict == "DOES NOT FIT" and not counts["error"]:
        ending = "with --strict a warning counts, too"
    lines += textwrap.wrap(f"{verdict}: {ending}.", width)
    return "\n".join(lines) + "\n"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def _contract(contract: dict[str, Any], width: int, notes: bool) -> Iterator[str]:
    head = f"{contract['consumer']} ({contract['file']}, {_many(len(contract['interactions']), 'interaction')}): {contract['verdict']}"
    if contract["foreign"]:
        head += f"; it is a contract with {contract['provider']!r}, which `verify` would not ask about"
    yield from textwrap.wrap(head, width, break_long_words=False, break_on_hyphens=False)
    seen: dict[tuple[str, ...], list[tuple[str, dict[str, Any]]]] = {}
    for interaction in contract["interactions"]:
        for each in interaction["disagreements"]:
            if each["level"] != "note" or notes:
                key = (each["level"], each["rule"], each["message"], each["document"]["pointer"])
                seen.setdefault(key, []).append((interaction["description"], each))
    for (level, rule, message, _), found in sorted(
        seen.items(), key=lambda pair: ["error", "warning", "note"].index(pair[0][0])
    ):
        first = found[0][1]
        operations = ", ".join(dict.fromkeys(each["operation"] for _, each in found if each["operation"]))
        yield from _wrapped(f"  {level:<8}", f"{operations}: {message}" if operations else message, width)
        if rule != "optional" and (first["expected"] or first["actual"]):
            described = f"described: {first['expected']}; " if first["expected"] else ""
            yield from _wrapped(" " * 10, f"{described}in the pact: {first['actual']}", width)
        for description, each in found:
            line = f":{each['pact']['line']}" if each["pact"]["line"] else ""
            yield from _wrapped(
                " " * 10, f"in “{description}”, {each['pact']['file']}{line} {each['pact']['pointer']}", width
            )
        line = f":{first['document']['line']}" if first["document"]["line"] else ""
        yield from _wrapped(
            " " * 10, f"by {first['document']['file']}{line} {first['document']['pointer']}", width
        )
        if first["reason"]:
            yield from _wrapped(" " * 10, f"the document says: {first['reason']}", width)
    yield ""


def _wrapped(indent: str, text: str, width: int) -> list[str]:
    return textwrap.wrap(
        text,
        max(width, 30),
        initial_indent=indent,
        subsequent_indent=" " * min(len(indent) + 2, 12),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _unused(told: dict[str, Any], width: int) -> Iterator[str]:
    if not told["unused"] and not told["unused_in_requests"]:
        return
    whole = (
        "relied on by none of them (safe to change)" if told["whole"] else "used by none of the pacts given"
    )
    yield from textwrap.wrap(f"Described, and {whole}:", width)
    for place, members in _gathered(told["unused"]):
        yield from _wrapped("  ", f"{place}: {', '.join(members)}" if all(members) else f"{place}", width)
    for place, members in _gathered(told["unused_in_requests"]):
        yield from _wrapped(
            "  ",
            f"{place}, sent: {', '.join(members)}" if all(members) else f"{place}: called by nobody",
            width,
        )
    yield ""


def _gathered(places: Iterable[dict[str, str]]) -> Iterator[tuple[str, list[str]]]:
    """Members by operation and status; statuses that are not used at all by operation."""
    whole: dict[str, list[str]] = {}
    parts = []
    for each in places:
        if each["member"] or not each["status"]:
            parts.append(each)
        else:
            whole.setdefault(each["operation"], []).append(each["status"])
    for key, found in groupby(parts, key=lambda each: (each["operation"], each["status"])):
        yield " ".join(part for part in key if part), _folded([each["member"] for each in found])
    for operation, statuses in whole.items():
        yield operation, [f"all of {status}" for status in statuses]


def _folded(members: list[str]) -> list[str]:
    """Headers of one family as one."""
    headers: dict[str, list[str]] = {}
    for member in members:
        if member.startswith("header "):
            name = member.removeprefix("header ")
            headers.setdefault("-".join(name.split("-")[:2]), []).append(name)
    folded = [
        f"{len(found)} headers {prefix}-*" if len(found) > 1 else f"header {found[0]}"
        for prefix, found in headers.items()
    ]
    return folded + [each for each in members if not each.startswith("header ")]


def rows(told: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """The map as a table: a line for each place."""
    yield ("operation", "status", "member", "hurts", "does not hurt")
    for place in told["places"]:
        what = place["member"] or "(the answer)"
        yield (
            place["operation"],
            place["status"],
            what,
            ", ".join(place["consumers"]),
            ", ".join(place["others"]) or "-",
        )
    for each in told["unused"]:
        what = each["member"] or "(the answer)" if each["status"] else each["member"] or "(the request)"
        yield (each["operation"], each["status"] or "sent", what, "nobody", ", ".join(told["consumers"]))
