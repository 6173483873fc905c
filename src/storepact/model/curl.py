"""Exchanges as curl lines that can be pasted; secrets come from the environment, ids from responses.

Everything that a provider has answered stands in single quotes, in an escaped form, or in a shell variable.
"""

from __future__ import annotations

import json
import re
import shlex
import string
from collections.abc import Mapping
from dataclasses import dataclass, field

from storepact.model.case import TOKEN_VARIABLE, Auth
from storepact.model.exchange import Exchange, Forms, Request
from storepact.model.tree import Json, Path, build_object, read_json

#: Where a variable stands in a JSON text before it is quoted; private characters that no request has.
_OPEN, _CLOSE = "\ue0f1", "\ue0f2"

#: Characters that a terminal acts on when they are pasted.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

#: Where curl lines and exported files send what the embedded mock got: `storepact mock` listens there.
MOCK_URL = "http://127.0.0.1:8080"

#: The commands that change a whole token.
TOKEN_FILTERS = {
    Auth.RECASED: "tr A-Za-z a-zA-Z",
    Auth.UNSEPARATED: "tr -d ._-",
    Auth.REARRANGED: r"sed 's/\(.\)\(.\{7\}\)\(....\)$/\2\1\3/'",
}

#: The pattern of these commands: no other one may come from a record into a line for a shell.
FILTER_PATTERN = "|".join(map(re.escape, TOKEN_FILTERS.values()))

#: How a token is written that the shell takes from a variable.
_TOKEN = re.compile(
    r"x?\$\{?STOREPACT_([A-Z]+_)?TOKEN(%\?+)?\}?( x|[x0_])?"
    rf"|\$\(printf %s \"\$STOREPACT_TOKEN\" \| ({FILTER_PATTERN})\)"
)

#: Bytes of a body that fit into an argument of a command.
_DEEPEST_MARK = 12  # no secret and no id lies deeper
_LONGEST_ARGUMENT = 100_000


#: A header that every request of a run has, unless it says otherwise; no line shows it.
_ACCEPT = ("Accept", "application/json")

#: Length from which an id without its last character cannot be the id of another resource.
SHORTEST_CUT_ID = 16


@dataclass
class CurlLines:
    """The lines of one finding: equal secrets get the same variable in all of them.

    `names` are shell variables by the id of a resource that an earlier line keeps, `form_names` those by the
    form of a redacted secret that an earlier line keeps.
    """

    base_url: str
    names: Mapping[str, str] = field(default_factory=dict)
    form_names: Mapping[str, str] = field(default_factory=dict)
    header_names: tuple[str, ...] = ()
    """Names of further headers of every request; their values, which may be secrets, are in variables."""
    _numbers: dict[str, int] = field(default_factory=dict)

    def line(self, exchange: Exchange) -> str:
        """The line that sends a request again and prints the response with its headers."""
        return self._line(exchange.request, exchange.sent)

    def deletion(self, collection: str, headers: Mapping[str, str], *variables: str) -> str:
        """The line that deletes the resources of a collection whose ids are in these variables."""
        own = (*headers.items(), ("Authorization", f"${TOKEN_VARIABLE}"), _ACCEPT)
        request = Request("DELETE", "", own)
        ids = " ".join(f'"${{{name}-}}"' for name in variables)
        url = _quote(f"{self.base_url}{collection}/")
        command = " ".join(["curl -sS -g -o /dev/null", *_options(request), *self._further_headers()])
        return f'printf \'%s\\n\' {ids} | while read -r id; do [ -z "$id" ] || {command} {url}"$id"; done'

    def _line(self, request: Request, secrets: Forms) -> str:
        body = [] if request.body is None else [self._body(request.body, dict(secrets))]
        options = [*_options(request), *self._further_headers()]
        return " ".join(["curl -sS -i", *options, *body, self._url(request.path)])

    def _further_headers(self) -> list[str]:
        return [f'-H "{name}: ${header_variable(name)}"' for name in self.header_names]

    def _url(self, path: str) -> str:
        variables = self._variables_of_ids()
        if not variables:
            return _quote(self.base_url + path)
        ids = sorted(variables, key=len, reverse=True)
        parts = re.split(rf"(?<=/)({'|'.join(map(re.escape, ids))})(?![A-Za-z0-9_])", self.base_url + path)
        return "".join(variables[part] if part in variables else _quote(part) for part in parts if part)

    def _variables_of_ids(self) -> dict[str, str]:
        """How the shell reads each kept id, one in other letter case, and a long one with other ends."""
        names = {identifier: name for identifier, name in self.names.items() if identifier}
        others = f"tr {' '.join(_OTHERS)}"
        changed: dict[str, str] = {}
        for identifier, name in names.items():
            if len(identifier) >= SHORTEST_CUT_ID:
                first, last = (f'$(printf %s "${name}" | {end} -c 1 | {others})' for end in ("head", "tail"))
                changed |= {
                    identifier[:-1]: f'"${{{name}%?}}"',
                    identifier[1:]: f'"${{{name}#?}}"',
                    with_other_start(identifier): f'"{first}${{{name}#?}}"',
                    with_other_end(identifier): f'"${{{name}%?}}{last}"',
                }
        in_other_case = {
            in_other_case_of(identifier): f'"$(printf %s "${name}" | tr {_letters(identifier)})"'
            for identifier, name in names.items()
        }
        return changed | in_other_case | {identifier: f'"${name}"' for identifier, name in names.items()}

    def _body(self, body: bytes, secrets: Mapping[str, str]) -> str:
        text = _text(body)
        if text is None:
            escaped = "".join(f"\\x{byte:02x}" for byte in body)
            return f"--data-binary @<(printf '{escaped}')"
        if secrets or any(f'"{identifier}"' in text for identifier in self.names if identifier):
            text = self._with_variables(text, secrets)
        quoted = shlex.quote(text)
        quoted = re.sub(f"{_OPEN}(.*?){_CLOSE}", lambda match: f"'\"{self._variable(match[1])}\"'", quoted)
        if len(body) > _LONGEST_ARGUMENT:
            return f"--data-binary @<(printf %s {quoted})"
        return f"--data-raw {quoted}"

    def _with_variables(self, text: str, secrets: Mapping[str, str]) -> str:
        """A JSON text with marks in place of masked secrets and of ids that earlier lines keep."""
        try:
            marked = _mark(read_json(text), (), secrets, self.names)
        except RecursionError:  # too deep for Python's parser: it is sent as it is
            return text
        return (
            json.dumps(marked, ensure_ascii=not text.isprintable(), separators=(",", ":"))
            .replace(json.dumps(_OPEN)[1:-1], _OPEN)
            .replace(json.dumps(_CLOSE)[1:-1], _CLOSE)
        )

    def _variable(self, mark: str) -> str:
        kind, _, key = mark.partition(":")
        if kind == "id":
            return f"${self.names[key]}"
        if key in self.form_names:
            return f"${self.form_names[key]}"
        number = self._numbers.setdefault(key, len(self._numbers) + 1)
        return f"${{STOREPACT_SECRET_{number}:-made-up-secret-{number}}}"


def header_variable(name: str) -> str:
    """The shell variable that has the value of a further header."""
    return "STOREPACT_HEADER_" + re.sub(r"[^A-Z0-9]", "_", name.upper())


#: The arguments of `tr` that replace each letter and digit by another one, of hexadecimal ones as well.
_OTHERS = ("0-9a-fg-zA-FG-Z", "1-9a-f0h-zgB-FAH-ZG")

#: The characters that replace each other there.
_KINDS = (string.digits + "abcdef", string.ascii_lowercase[6:], "ABCDEF", string.ascii_uppercase[6:])
_OTHER = str.maketrans("".join(_KINDS), "".join(kind[1:] + kind[0] for kind in _KINDS))


def with_other_start(identifier: str) -> str:
    """An id with another first character."""
    return _other(identifier[:1]) + identifier[1:]


def with_other_end(identifier: str) -> str:
    """An id with another last character."""
    return identifier[:-1] + _other(identifier[-1:])


def _other(text: str) -> str:
    """Another character of the same kind for each letter and digit."""
    return text.translate(_OTHER)


def in_other_case_of(identifier: str) -> str:
    """An id in capitals; in small letters if it has no small ones."""
    capitals = identifier.upper()
    return capitals if capitals != identifier else identifier.lower()


def _letters(identifier: str) -> str:
    """The arguments of `tr` that change the letter case of an id so."""
    return "a-z A-Z" if identifier.upper() != identifier else "A-Z a-z"


def keep_id(line: str, variable: str, member: str) -> str:
    """The line of a create, which still prints the response and keeps the id of the new resource."""
    return f"{variable}=$({line} | tee /dev/stderr | {pick(member)})"


def repeat_lines(lines: str, count: int) -> str:
    """The lines in a loop."""
    return f"for repetition in $(seq {count}); do\n{lines}\ndone"


def pick(member: str) -> str:
    """A shell command that prints the value of a text member of the JSON that it reads."""
    return "sed -n 's/.*\"" + member + '" *: *"\\([^"]*\\)".*/\\1/p\''


def _options(request: Request) -> list[str]:
    """Method and headers, as words of a shell command."""
    words = []
    if any(character in request.path for character in "[]{}"):
        words.append("-g")  # else curl expands them
    if request.method == "HEAD":
        words.append("--head")
    elif request.method != "GET" or request.body is not None:
        words.append(f"-X {shlex.quote(request.method)}")
    words += [f"-H {_header(name, value)}" for name, value in request.headers if _is_visible(name, value)]
    if request.header("Accept-Encoding") is not None:
        words.append("--compressed")  # a terminal shows the text
    if request.header("Accept") is None:
        words.append("-H Accept:")  # else curl adds */*
    if request.body is not None and request.header("Content-Type") is None:
        words.append("-H Content-Type:")  # else curl adds that of a form
    return words


def _is_visible(name: str, value: str) -> bool:
    """Whether a line has the header: not those that every request of a run has."""
    return (name, value) != _ACCEPT and name != "User-Agent"


def _header(name: str, value: str) -> str:
    if name.lower() == "authorization" and _TOKEN.fullmatch(value):
        return f'"{name}: {value}"'
    return _quote(f"{name}: {value}" if value else f"{name};")


def _quote(text: str) -> str:
    """A text as a word of a shell command, also if it holds characters that a terminal acts on."""
    if not _CONTROL.search(text) and "\n" not in text:
        return shlex.quote(text)
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return "$'" + _CONTROL.sub(_escape_control, escaped) + "'"


def _escape_control(match: re.Match[str]) -> str:
    return "".join(f"\\x{byte:02x}" for byte in match[0].encode("utf-8"))


def _text(body: bytes) -> str | None:
    """A body as a text that can be pasted; None if it holds other bytes."""
    try:
        text = body.decode("utf-8")
    except ValueError:
        return None
    return None if _CONTROL.search(text) or _OPEN in text or _CLOSE in text else text


def _mark(value: Json, path: Path, secrets: Mapping[str, str], names: Mapping[str, str]) -> Json:
    if len(path) >= _DEEPEST_MARK:
        return value
    if isinstance(value, dict):
        return build_object(
            (name, _mark(child, (*path, name), secrets, names)) for name, child in value.items()
        )
    if isinstance(value, list):
        return [_mark(child, (*path, index), secrets, names) for index, child in enumerate(value)]
    form = secrets.get(json.dumps(path))
    if form is not None:
        return f"{_OPEN}secret:{form}{_CLOSE}"
    return f"{_OPEN}id:{value}{_CLOSE}" if isinstance(value, str) and value and value in names else value
