"""What all HTML pages share: templates that escape everything."""

from __future__ import annotations

import json
import re
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from storepact.report.escape import visible
from storepact.report.wording import moment


@lru_cache
def environment() -> Environment:
    """The templates."""
    made = Environment(
        loader=PackageLoader("storepact.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    made.filters["pretty"] = _pretty
    made.filters["moment"] = moment
    made.filters["ticks"] = _ticks
    return made


def _shown(value: object) -> object:
    """A text as it can be looked at; markup of our own stays as it is."""
    return visible(value) if type(value) is str else value


def _ticks(text: str) -> Markup:
    """What stands between backticks is code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def _pretty(body: str | None, most: int = 0) -> str:
    """A JSON body indented; anything else as it is. With `most`, at most so many characters, and how many there are."""
    if not body:
        return ""
    try:
        text = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = body
    return (
        text
        if not most or len(text) <= most
        else f"{text[:most]}… ({len(text):,} characters in all, see run.json)"
    )
