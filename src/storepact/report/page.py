"""What all HTML pages share: templates that escape everything."""

from __future__ import annotations

import json
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined


@lru_cache
def environment() -> Environment:
    """The templates."""
    made = Environment(
        loader=PackageLoader("storepact.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["pretty"] = _pretty
    return made


def _pretty(body: str | None) -> str:
    """A JSON body indented; anything else as it is."""
    if not body:
        return ""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body
