"""The lines at which the keys of a TOML document stand; tomllib reads the values, and keeps no positions."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass, field

#: Where a value stands in the document: names of keys, and indexes in arrays.
Keys = tuple[str | int, ...]

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'|[A-Za-z0-9_-]+")
_STRING = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL)
_BARE = re.compile(r"[^,\]}#\n]+")


def find_lines(text: str) -> dict[Keys, int]:
    """The line of every table, key and element of a document that tomllib has read without an error."""
    try:
        return _Scanner(text).scan()
    except (ValueError, IndexError, RecursionError):  # errors have no line then; no value depends on it
        return {}


def error_line(text: str) -> int:
    """The line at which the first statement begins that tomllib cannot read."""
    lines = text.splitlines(keepends=True)
    for count in range(len(lines) - 1, 0, -1):
        try:
            tomllib.loads("".join(lines[:count]))
        except (ValueError, RecursionError):
            continue
        return count + 1
    return 1


@dataclass
class _Scanner:
    """One pass over a document."""

    text: str
    lines: dict[Keys, int] = field(default_factory=dict)
    _at: int = 0
    _counts: dict[Keys, int] = field(default_factory=dict)
    """How many elements each array of tables has until now."""
    _breaks: list[int] = field(default_factory=list)

    def scan(self) -> dict[Keys, int]:
        self._breaks = [match.start() for match in re.finditer("\n", self.text)]
        table: Keys = ()
        while self._skip_space():
            if self._accept("[["):
                table = self._array_header()
                self._accept("]")
                self._accept("]")
            elif self._accept("["):
                table = self._resolve(self._dotted_key())
                self._accept("]")
            else:
                self._pair(table)
        return self.lines

    def _skip_space(self) -> bool:
        """Skip blanks, line breaks and comments; whether anything follows."""
        match = _SPACE.match(self.text, self._at)
        self._at = match.end() if match else self._at
        return self._at < len(self.text)

    def _accept(self, mark: str) -> bool:
        self._skip_space()
        if not self.text.startswith(mark, self._at):
            return False
        self._at += len(mark)
        return True

    def _dotted_key(self) -> list[str]:
        names: list[str] = []
        while not names or self._accept("."):
            self._skip_space()
            names.append(_unquote(self._match(_KEY)))
        return names

    def _match(self, expression: re.Pattern[str]) -> str:
        match = expression.match(self.text, self._at)
        if match is None:
            raise ValueError(f"no TOML at character {self._at}")
        self._at = match.end()
        return match[0]

    def _note(self, keys: Keys) -> None:
        self.lines.setdefault(keys, bisect_right(self._breaks, self._at - 1) + 1)

    def _resolve(self, names: list[str], base: Keys = ()) -> Keys:
        """The place that a dotted key names; of an array of tables it is in the last one."""
        keys = base
        for name in names:
            keys += (name,)
            self._note(keys)
            if keys in self._counts:
                keys += (self._counts[keys] - 1,)
        return keys

    def _array_header(self) -> Keys:
        names = self._dotted_key()
        keys = (*self._resolve(names[:-1]), names[-1])
        index = self._counts[keys] = self._counts.get(keys, 0) + 1
        self._note(keys)
        keys += (index - 1,)
        self._note(keys)
        return keys

    def _pair(self, table: Keys) -> None:
        keys = self._resolve(self._dotted_key(), table)
        self._accept("=")
        self._skip_space()
        self._value(keys)

    def _value(self, keys: Keys) -> None:
        if self._accept("["):
            index = 0
            while not self._accept("]"):
                self._note((*keys, index))
                self._value((*keys, index))
                self._accept(",")
                index += 1
        elif self._accept("{"):
            while not self._accept("}"):
                self._pair(keys)
                self._accept(",")
        else:
            self._match(_STRING if self.text[self._at] in "\"'" else _BARE)


def _unquote(key: str) -> str:
    """A key's name."""
    return str(tomllib.loads(f"key = {key}")["key"]) if key[0] in "\"'" else key
