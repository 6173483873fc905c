"""The head of a response as bytes: status line, date and fields."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus

#: What no value of a field may have; it would end the field.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def encode_head(status: int, fields: Mapping[str, str], *, is_last: bool) -> bytes:
    """Return the head of a response; names are in lower case, and the last one closes the connection.

    Raises:
        ValueError: a value cannot be sent.

    """
    if _CONTROL.search("".join(fields.values())):
        raise ValueError("a header has control characters")
    lines = [_status_line(status), _date_line(int(time.time()))]
    lines += [f"{name.lower()}: {value}\r\n" for name, value in fields.items()]
    if is_last and "Connection" not in fields:
        lines.append("connection: close\r\n")
    lines.append("\r\n")
    return "".join(lines).encode("latin-1", "replace")


@lru_cache
def _status_line(status: int) -> str:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}\r\n"


@lru_cache(maxsize=2)
def _date_line(seconds: int) -> str:
    return time.strftime("date: %a, %d %b %Y %H:%M:%S GMT\r\n", time.gmtime(seconds))
