"""The template environment of all HTML pages: everything is escaped, control characters are spelled out."""

from __future__ import annotations

import json
import re
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from storepact.model.counts import many
from storepact.report.escape import escape_control
from storepact.report.wording import duration, moment


def render_page(template: str, **values: object) -> str:
    """Render a template of the package with these values."""
    return _environment().get_template(template).render(values)


def load_template(template: str) -> None:
    """Compile a template, so that a page that is rendered later is there sooner."""
    _environment().get_template(template)


@lru_cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("storepact.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    environment.filters.update(pretty=_pretty, moment=moment, code_spans=_code_spans, many=many)
    environment.filters.update(markdown_items=_markdown_items, after=_after, duration=duration)
    return environment


def _finalize(value: object) -> object:
    """Escape control characters in texts; markup of our own and other values stay as they are."""
    return escape_control(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _code_spans(text: str) -> Markup:
    """Make what is between backticks a code element."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 (escaped)


def _markdown_items(text: str) -> Markup:
    """Make a list of Markdown items, which may hold items of their own; code is what is between backticks."""
    items = re.split(r"^\s*- ", text, flags=re.MULTILINE)
    joined = (" ".join(item.split()) for item in items if item.strip())
    return Markup("<ul>{}</ul>").format(
        Markup("").join(Markup("<li>{}</li>").format(_code_spans(escape_control(item))) for item in joined)
    )


def _after(line: str, title: str) -> str:
    """A line below a title that it begins with, without the title."""
    rest = line.removeprefix(title)
    return rest[:1].upper() + rest[1:]


def _pretty(body: str | None, limit: int = 0) -> str:
    """A JSON body, indented; another body as it is. Cut after `limit` characters, unless it is 0."""
    if not body:
        return ""
    try:
        text = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = body
    if not limit or len(text) <= limit:
        return text
    return f"{text[:limit]}… ({len(text):,} characters in all, see run.json)"
