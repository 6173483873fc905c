"""Request bodies as text that JSON allows: nested, with a name twice, with extreme numbers, or large."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from storepact.model.tree import Json
from storepact.model.values import lean_value

_LEVELS, _MORE_LEVELS = 500, 8_000
_EXTREME_NUMBERS = {
    "1e999": "1e999",
    "a whole number of 5,000 digits": "7" * 5_000,
    "-1e-999": "-1e-999",
    "a fraction of 400 digits": "0." + "3" * 400,
}


#: Names that every object has in some languages: written to a plain one, they change what all of them share.
_INHERITED = ("__proto__", "constructor", "prototype", "__class__")

#: Bytes that no text in UTF-8 has: one alone, one that is cut off, and one that is longer than need be.
_NOT_UTF_8 = {"a byte FF": b"\xff", "a cut character": b"\xe2\x82", "an overlong character": b"\xc0\xaf"}


#: Characters as JSON escapes that no member of a response needs to have.
_ESCAPES = {"NUL": "\\u0000", "a lone surrogate": "\\ud83d"}


@lean_value(frozen=True)
class RawBody:
    """One body, and in words what it is like. `member` is given twice, with one of the `candidates` each."""

    words: str
    content: bytes
    member: str = ""
    candidates: tuple[str, ...] = ()
    is_probe: bool = False
    """Whether it is one of the few that are sent first, each by itself."""


def _array(levels: int) -> str:
    return "[" * levels + "]" * levels


def _object(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


def create_bodies(whole: Mapping[str, Json], mark: str) -> Iterator[RawBody]:
    """The bodies of creates; `whole` is one that every provider accepts."""
    first = next(iter(whole["config"]))
    own = whole["config"][first]

    def body(words: str, *, config: str = "", **members: str) -> RawBody:
        """The ordinary body with members as JSON text; `config` begins the config."""
        texts = {name: json.dumps(value) for name, value in whole.items()}
        if config:
            texts["config"] = f"{{{config}, {texts['config'][1:]}"
        texts |= members
        text = ", ".join(f'"{name}": {value}' for name, value in texts.items())
        return RawBody(words, f"{{{text}}}".encode())

    def twice(words: str, text: str, member: str, *candidates: str) -> RawBody:
        return RawBody(words, text.encode(), member, candidates)

    yield RawBody(f"with an array nested {_MORE_LEVELS:,} levels", _array(_MORE_LEVELS).encode())
    for levels in (_LEVELS, _MORE_LEVELS):
        nested = body(f"with an unknown member nested {levels:,} levels", storepactUnknown=_object(levels))
        yield replace(nested, is_probe=levels == _LEVELS)
    for name in ("name", "on", "tags", "config"):
        yield body(f"with {name} nested {_MORE_LEVELS:,} levels", **{name: _array(_MORE_LEVELS)})
    yield body(f"with config.{first} nested {_LEVELS:,} levels", config=f'"storepact": {_array(_LEVELS)}')
    plain = json.dumps(whole)
    second_name = f"{mark} the other name"
    yield twice(
        "with name twice", f'{{"name": "{second_name}", {plain[1:]}', "/name", second_name, whole["name"]
    )
    start = plain.replace('"config": {', f'"config": {{"{first}": "{mark}.example.com", ', 1)
    yield twice(f"with config.{first} twice", start, f"/config/{first}", f"{mark}.example.com", own)
    for words, number in _EXTREME_NUMBERS.items():
        extreme = body(f"with {words} for an unknown member", storepactUnknown=number)
        yield replace(extreme, is_probe=number.isdigit())
    for words, escape in _ESCAPES.items():
        yield body(f"with {words} in the name of an unknown member", **{f"storepact{escape}": "1"})
    yield body("with an unknown member without a name", **{"": "1"})
    yield body("with an unknown member of config without a name", config='"": 1')
    yield body("with an unknown member that has a name of 60,000 characters", **{"x" * 60_000: "1"})
    for name in _INHERITED:
        polluted = f'{{"on": true, "name": "{name}", "tags": ["{name}"], "prototype": {{"on": true}}}}'
        yield replace(body(f"with a member {name}", **{name: polluted}), is_probe=name == _INHERITED[0])
        yield body(f"with a member config.{name}", config=f'"{name}": {polluted}')
    for words, content in _NOT_UTF_8.items():
        ordinary = body("", name='"a?b"').content
        yield RawBody(f"with {words} in the name", ordinary.replace(b"a?b", b"a" + content + b"b"))
    yield from _large_creates(body, whole)


def _large_creates(body: Callable[..., RawBody], whole: Mapping[str, Json]) -> Iterator[RawBody]:
    """The large bodies of creates; `body` makes one from members as JSON text."""
    for name in ("name", "on"):
        yield body(f"with a whole number of 5,000 digits for {name}", **{name: "7" * 5_000})
    yield body("with 60,000 blanks", name=" " * 60_000 + json.dumps(whole["name"]))
    unknown = {f"storepactUnknown{number}": "1" for number in range(2_000)}
    yield body("with 2,000 unknown members", **unknown)
    yield body("with 5,000 tags", tags=json.dumps([f"t{number}" for number in range(5_000)]))


def update_bodies(mark: str) -> Iterator[RawBody]:
    """The bodies of updates."""
    first, second = f"{mark} first", f"{mark} second"
    rename = f'"op": "replace", "path": "/name", "value": "{first}"'

    def body(words: str, text: str, *candidates: str) -> RawBody:
        return RawBody(words, text.encode(), "/name" if candidates else "", candidates)

    yield body(f"by an array nested {_MORE_LEVELS:,} levels", _array(_MORE_LEVELS))
    for path in ("/name", "/on", "/tags", "/config"):
        nested = f'[{{"op": "replace", "path": "{path}", "value": {_array(_MORE_LEVELS)}}}]'
        yield body(f"with {path} nested {_MORE_LEVELS:,} levels", nested)
    nested = f'[{{{rename}, "x": {_object(_LEVELS)}}}]'
    yield replace(body(f"with an unknown member nested {_LEVELS:,} levels", nested), is_probe=True)
    comment = f'{{"comment": {_array(_LEVELS)}, "patch": [{{{rename}}}]}}'
    yield body(f"with a comment nested {_LEVELS:,} levels", comment)
    yield body("with a value twice", f'[{{"value": "{second}", {rename}}}]', first, second)
    twice = f'{{"patch": [{{{rename.replace(first, second)}}}], "patch": [{{{rename}}}]}}'
    yield body("with patch twice", twice, first, second)
    for words, number in _EXTREME_NUMBERS.items():
        test = f'[{{"op": "test", "path": "/version", "value": {number}}}, {{{rename}}}]'
        yield replace(body(f"with a test for {words}", test), is_probe=number.isdigit())
    yield body(
        "with a whole number of 5,000 digits for /on",
        f'[{{"op": "replace", "path": "/on", "value": {"7" * 5_000}}}]',
    )
    yield body(
        "with a path of 60,000 characters", f'[{{"op": "add", "path": "/tags/{"x" * 60_000}", "value": "x"}}]'
    )
    yield body(
        "with a comment of 60,000 characters", f'{{"comment": "{"x" * 60_000}", "patch": [{{{rename}}}]}}'
    )
    yield body("with a member without a name", f'[{{{rename}, "": 1}}]')
    yield body("with an owl in the comment", f'{{"comment": "\N{OWL}", "patch": [{{{rename}}}]}}')
    for words, escape in _ESCAPES.items():
        yield body(f"with {words} in the comment", f'{{"comment": "a{escape}b", "patch": [{{{rename}}}]}}')
        yield body(f"with {words} in a path", f'[{{"op": "add", "path": "/tags/{escape}", "value": "x"}}]')
    for name in _INHERITED:
        polluted = f'{{{rename}, "{name}": {{"on": true, "op": "remove"}}}}'
        yield body(f"with a member {name}", f"[{polluted}]", first)
        yield body(f"of /{name}/on", f'[{{"op": "add", "path": "/{name}/on", "value": true}}]')
    for words, content in _NOT_UTF_8.items():
        yield RawBody(f"with {words} in /name", f"[{{{rename}}}]".encode().replace(b" first", content))
    yield body("with 60,000 blanks", f"[{' ' * 60_000}{{{rename}}}]")
    yield body("with 400 operations", "[" + ", ".join([f"{{{rename}}}"] * 400) + "]")
