"""report.html: one file, nothing from the network."""

from __future__ import annotations

import json
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from storepact.report import facts


def render(record: dict[str, Any]) -> str:
    """The record as a page."""
    environment = Environment(
        loader=PackageLoader("storepact.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["pretty"] = _pretty
    return environment.get_template("report.html.j2").render(
        record=record,
        facts=facts,
        tally=facts.counts(record),
        rows=_rows(record),
        statuses=sorted({status for counts in record["coverage"].values() for status in counts}),
        reasons=_by_reason(record),
    )


def _rows(record: dict[str, Any]) -> list[tuple[str, dict[str, int]]]:
    return sorted(record["coverage"].items())


def _by_reason(record: dict[str, Any]) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for each in record["not_verified"]:
        found.setdefault(each["reason"], []).append(each["what"])
    return sorted(found.items())


def _pretty(body: str | None) -> str:
    """A JSON body indented; anything else as it is."""
    if not body:
        return ""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body
