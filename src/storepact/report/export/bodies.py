"""The bodies of exported requests: as they were sent, with variables in place of ids and secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping

from storepact.model.tree import Json, Path, build_object, read_json
from storepact.record.sent_requests import read_sent_body
from storepact.record.values import SentRequest

#: A text of JSON with its quotes.
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')


def exported_body(
    request: SentRequest, add_secret: Callable[[str], str], in_text: Callable[[str], str]
) -> tuple[str | None, bytes | None]:
    """The body as a text with `{{NAME}}` for each variable, or as bytes where it is none; both None without.

    `add_secret` makes the variable of a secret, `in_text` puts those of ids into a text. A body is sent as it
    was: where a variable cannot be put into it otherwise, its secrets stay masked.
    """
    raw = read_sent_body(request)
    if raw is None:
        return None, None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None, raw
    if "\x00" in text or "{{" in text:
        return None, raw
    masked = {tuple(json.loads(path)): add_secret(name) for path, name in request.secrets}
    named = _with_names(text, masked) if masked else text
    return (None, raw) if named is None else (in_text(named), None)


def _with_names(text: str, masked: Mapping[Path, str]) -> str | None:
    """A text of JSON with variables for its masked secrets; None where it would be another text then."""
    try:
        value = read_json(text)
        if _is_as_written(text, value):
            return json.dumps(_mark(value, (), masked))
        leaves = list(_leaves(value, (), masked))
    except (ValueError, RecursionError):
        return None
    masks = {leaf for leaf, _ in leaves}
    places = [match for match in _TEXT.finditer(text) if json.loads(match[0], strict=False) in masks]
    if len(places) != len(leaves):
        return None
    for match, (_, name) in zip(reversed(places), reversed(leaves), strict=True):
        text = f'{text[: match.start()]}"{{{{{name}}}}}"{text[match.end() :]}'
    return text


def _is_as_written(text: str, value: Json) -> bool:
    """Whether a text is what a program writes for the value: without doubled names, or numbers beyond all."""
    return any(
        text == json.dumps(value, ensure_ascii=ascii_only, separators=separators)
        for ascii_only in (True, False)
        for separators in ((", ", ": "), (",", ":"))
    ) and not re.search(r"Infinity|NaN", text)


def _mark(value: Json, path: Path, masked: Mapping[Path, str]) -> Json:
    if isinstance(value, dict):
        return build_object((name, _mark(child, (*path, name), masked)) for name, child in value.items())
    if isinstance(value, list):
        return [_mark(child, (*path, index), masked) for index, child in enumerate(value)]
    return f"{{{{{masked[path]}}}}}" if path in masked else value


def _leaves(value: Json, path: Path, masked: Mapping[Path, str]) -> Iterator[tuple[Json, str]]:
    """The masked secrets in the order of the text, each with its variable."""
    if isinstance(value, dict):
        for name, child in value.items():
            yield from _leaves(child, (*path, name), masked)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _leaves(child, (*path, index), masked)
    elif path in masked:
        yield value, masked[path]
