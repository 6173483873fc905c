"""The lines of keys in TOML documents of every notation."""

from __future__ import annotations

import tomllib

import pytest

from storepact.run.config.positions import error_line, find_lines

DOCUMENT = '''\
# a comment with [brackets] and = signs
title = "x # no comment"   # [nothing]
a.b.c = 1
a . "d.e" = 2
'quoted key' = """
several = "lines"
[not.a.table]
\\""""""
inline = { one = 1, two = { three = [1, "]"] } }
list = [
  "first",   # comment, with ] and ,
  [1, 2],

  { name = "x" },
]
when = 1979-05-27 07:32:00Z
[table]
key = true
[table . "sub table"]
key = 'it\\'
[[things]]
name = "first"
[things.more]
deep = 1
[[things]]
name = "second"
[[things.parts]]
x = 1
[[things.parts]]
x = 2
[last]
"\\u00e9" = 1
end = -1.5e3'''

LINES = {
    ("title",): 2,
    ("a", "b", "c"): 3,
    ("a", "d.e"): 4,
    ("quoted key",): 5,
    ("inline",): 9,
    ("inline", "two", "three"): 9,
    ("inline", "two", "three", 1): 9,
    ("list", 0): 11,
    ("list", 1, 1): 12,
    ("list", 2, "name"): 14,
    ("when",): 16,
    ("table",): 17,
    ("table", "key"): 18,
    ("table", "sub table"): 19,
    ("table", "sub table", "key"): 20,
    ("things",): 21,
    ("things", 0, "name"): 22,
    ("things", 0, "more", "deep"): 24,
    ("things", 1): 25,
    ("things", 1, "name"): 26,
    ("things", 1, "parts", 0, "x"): 28,
    ("things", 1, "parts", 1, "x"): 30,
    ("last", "é"): 32,
    ("last", "end"): 33,
}


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_every_notation_has_its_line(line_break: str) -> None:
    """Dotted and quoted keys, inline tables, arrays of tables, strings over several lines."""
    text = DOCUMENT.replace("\n", line_break)
    tomllib.loads(text)
    lines = find_lines(text)
    assert {keys: lines.get(keys) for keys in LINES} == LINES


def test_every_value_that_tomllib_reads_has_a_line() -> None:
    """The scan yields the keys that tomllib yields, and no others."""

    def walk(value: object, keys: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
        pairs = (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        )
        return {keys}.union(*(walk(below, (*keys, key)) for key, below in pairs))

    assert set(find_lines(DOCUMENT)) | {()} == walk(tomllib.loads(DOCUMENT))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = ", 1),
        ("a = 1\nb = \n", 2),
        ("a = 1\na = 2\n", 2),
        ("# x\n\n[t]\nk = 'open\nz = 1", 4),
        ("a = 1\nb = [\n 1,\n 2\n", 2),
        ("[a]\n[a]", 2),
        ("a = 1\n\n\n= 3\nb = 2", 4),
    ],
)
def test_the_line_of_an_error(text: str, line: int) -> None:
    """It is where the statement begins that cannot be read."""
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(text)
    assert error_line(text) == line
