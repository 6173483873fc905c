"""Exchanges as curl lines that can be pasted; secrets come from the environment."""

from __future__ import annotations

import json
import shlex

from storepact.model.exchange import MASK, Request
from storepact.target import READER_VARIABLE, TOKEN_VARIABLE

#: The value that a masked secret gets when the line is pasted without one in the environment.
STAND_IN = '"${STOREPACT_SECRET:-made-up-for-this-line}"'


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


def with_setup(create: Request, request: Request, identifier: str, base_url: str) -> str:
    """Two lines: make an integration and keep its id, then the request with that id."""
    first = curl(create, base_url).replace("curl -sS -i", "curl -sS", 1)
    second = curl(request, base_url)
    quoted = shlex.quote(base_url + request.path)
    aimed = request.path.replace(identifier, "$ID") if identifier else request.path
    return f'ID=$({first} | sed -n \'s/.*"_id" *: *"\\([^"]*\\)".*/\\1/p\')\n' + second.replace(quoted, f'"{base_url}{aimed}"')


def _header(name: str, value: str) -> str:
    if value in (f"${TOKEN_VARIABLE}", f"${READER_VARIABLE}"):
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
    return quoted.replace(json.dumps(MASK), "\"'" + STAND_IN + "'\"")
