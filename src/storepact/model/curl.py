"""Exchanges as curl lines that can be pasted; secrets come from the environment."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping

from storepact.model.api import Api
from storepact.model.case import READER_VARIABLE, TOKEN_VARIABLE
from storepact.model.exchange import MASK, Request

#: The value that a masked secret gets when the line is pasted without one in the environment.
SECRET_PLACEHOLDER = '"${STOREPACT_SECRET:-made-up-for-this-line}"'  # noqa: S105


def curl(request: Request, base_url: str) -> str:
    """One request. Tokens are taken from `STOREPACT_TOKEN`, masked secrets from `STOREPACT_SECRET`."""
    parts = ["curl -sS -i"]
    if request.method != "GET":
        parts.append(f"-X {request.method}")
    for name, value in request.headers:
        if name not in ("Accept", "User-Agent"):
            parts.append(f"-H {_header(name, value)}")
    if request.body is not None:
        parts.append(f"--data-binary {_body(request.body)}")
    parts.append(shlex.quote(base_url + request.path))
    return " ".join(parts)


def curl_with_setup(create: Request, request: Request, identifier: str, base_url: str, id_member: str) -> str:
    """Two lines: create a resource and keep its id, then the request with that id."""
    first = _body_only(curl(create, base_url))
    second = curl(request, base_url)
    quoted = shlex.quote(base_url + request.path)
    path = request.path.replace(identifier, "$ID") if identifier else request.path
    return f"ID=$({first} | {_pick(id_member)})\n" + second.replace(quoted, f'"{base_url}{path}"')


def script_line(
    line: str, created: str, names: Mapping[str, str], api: Api, *, shows: bool, writes_back: bool
) -> str:
    """A step's line as part of a script: it keeps the id of a new resource as `$NAME`, and uses earlier ones.

    `created` is the name of the new resource, if any; `names` are those of all resources by id. `shows` keeps
    the secret as the response shows it, `writes_back` sends that again.
    """
    for identifier, name in names.items():
        if identifier and name != created:
            line = _with_variable(line, identifier, name)
    if writes_back:
        line = line.replace(SECRET_PLACEHOLDER, '"$SHOWN"')
    if created:
        return f"{created}=$({_body_only(line)} | tee /dev/stderr | {_pick(api.id_member)})"
    if shows:
        return f"SHOWN=$({_body_only(line)} | tee /dev/stderr | {_pick(min(api.secret_members))})"
    return line


def _body_only(line: str) -> str:
    """The line without the option that prints the response's headers."""
    return line.replace("curl -sS -i", "curl -sS", 1)


def _pick(member: str) -> str:
    """A shell command that prints the value of a text member of the JSON that it reads."""
    return "sed -n 's/.*\"" + member + '" *: *"\\([^"]*\\)".*/\\1/p\''


def _with_variable(line: str, identifier: str, name: str) -> str:
    """The identifier at the end of the line's URL, which may be quoted, as a shell variable."""
    return re.sub(
        rf"'?(http[^' ]*/){re.escape(identifier)}'?$", lambda match: f'"{match.group(1)}${name}"', line
    )


def _header(name: str, value: str) -> str:
    if name.lower() == "authorization" and re.fullmatch(
        rf"\$\{{?({TOKEN_VARIABLE}|{READER_VARIABLE})(%\?)?\}}?x?", value
    ):
        return f'"{name}: {value}"'
    return shlex.quote(f"{name}: {value}" if value else f"{name};")


def _body(body: bytes) -> str:
    try:
        text = body.decode("utf-8")
        if "\0" in text:
            raise ValueError
    except ValueError:
        escaped = "".join(f"\\x{byte:02x}" for byte in body)
        return f"@<(printf '{escaped}')"
    quoted = shlex.quote(text)
    return quoted.replace(json.dumps(MASK), "\"'" + SECRET_PLACEHOLDER + "'\"")
