"""Bodies of responses as bytes: content codings are undone, and what HTTP or JSON forbids is named."""

from __future__ import annotations

import json
import zlib
from codecs import BOM_UTF8
from importlib import import_module
from typing import Any

from storepact.model.exchange import BodyFlaw

#: The largest body, in bytes, without its content codings.
LARGEST_BODY = 16 * 1024 * 1024

#: What a message about a body that is too large ends with.
REMEDY = "--max-body-size allows more"

#: The first bytes of every gzip member.
_GZIP = b"\x1f\x8b\x08"

#: Codings that zlib decodes, with its argument for their format.
_ZLIB_FORMATS = {"gzip": 31, "x-gzip": 31, "deflate": 15}

#: Bytes of zstd that are decoded at once: what they may hold is little enough to be looked at afterwards.
_PIECE = 256

#: Codings that a library decodes.
_LIBRARIES = {"br": "brotli", "zstd": "zstandard"}

_ANY_CODING = frozenset({"*"})


class CodingUnknown(Exception):
    """A content coding that cannot be decoded here, though the request accepts it."""


class BodyTooLarge(Exception):
    """A body that is larger without its content codings than any answer."""

    def __init__(self, largest: int) -> None:
        super().__init__(f"its body is larger than {largest:,} bytes when it is decoded; {REMEDY}")


def read_body(
    body: bytes, encoding: str, accepted: str | None, *, largest: int = LARGEST_BODY
) -> tuple[bytes, BodyFlaw | None]:
    """The body without its content codings, in UTF-8, and what is wrong with it.

    `encoding` is the value of Content-Encoding, `accepted` that of the request's Accept-Encoding; without one
    every coding is acceptable (RFC 9110 12.5.3). `largest` is how many bytes it may have then.

    Raises:
        CodingUnknown: the body is in a coding that cannot be decoded here.
        BodyTooLarge: its contents are.

    """
    codings = [name.strip().lower() for name in encoding.split(",") if name.strip()]
    if not body:
        return body, None
    flaw = None
    for coding in reversed(codings):
        if coding == "identity":
            continue
        if not _is_acceptable(coding, accepted) or coding not in {*_ZLIB_FORMATS, *_LIBRARIES}:
            flaw = BodyFlaw.CODING
            break
        decoded = _decode(body, coding, largest)
        if decoded is None:
            flaw = BodyFlaw.NOT_ENCODED
            break
        body = decoded
    if flaw is None and body.startswith(_GZIP):
        decoded = _decode(body, "gzip", largest)
        body, flaw = (body, None) if decoded is None else (decoded, BodyFlaw.UNLABELLED)
    text, flaw_of_text = _as_utf8(body)
    return text, flaw or flaw_of_text


def _is_acceptable(coding: str, accepted: str | None) -> bool:
    if accepted is None:
        return True
    names = {item.partition(";")[0].strip().lower() for item in accepted.split(",")}
    return bool(names & {coding, coding.removeprefix("x-"), *_ANY_CODING})


def _decode(body: bytes, coding: str, largest: int) -> bytes | None:
    """The body without one coding; None if it is not in that coding, or is cut off."""
    if coding in _LIBRARIES:
        return _decode_by_library(body, coding, largest)
    windows = (_ZLIB_FORMATS[coding],) if coding != "deflate" else (15, -15)
    for window in windows:
        try:
            return _inflate(body, window, largest)
        except zlib.error:
            continue
    return None


def _inflate(body: bytes, window: int, largest: int) -> bytes:
    """The contents of one gzip member after another, or of one zlib stream."""
    parts, left = [], largest
    while body:
        stream = zlib.decompressobj(window)
        part = stream.decompress(body, left + 1)
        left -= len(part)
        if left < 0:
            raise BodyTooLarge(largest)
        if not stream.eof:
            raise zlib.error("cut off")
        parts.append(part)
        body = stream.unused_data
    return b"".join(parts)


def _decode_by_library(body: bytes, coding: str, largest: int) -> bytes | None:
    try:
        library = import_module(_LIBRARIES[coding])
    except ImportError:
        raise CodingUnknown(coding) from None
    try:
        decode = _unbrotli if coding == "br" else _unzstd
        decoded = decode(library, body, largest)
    except Exception:  # each library has an error of its own
        return None
    if len(decoded) > largest:
        raise BodyTooLarge(largest)
    return decoded


def _unbrotli(library: Any, body: bytes, largest: int) -> bytes:
    stream = library.Decompressor()
    decoded = bytearray(stream.process(body, output_buffer_limit=largest + 1))
    while not stream.is_finished() and len(decoded) <= largest:
        part = stream.process(b"", output_buffer_limit=largest + 1)
        if not part:
            raise ValueError("cut off")
        decoded += part
    return bytes(decoded)


def _unzstd(library: Any, body: bytes, largest: int) -> bytes:
    """The contents of one frame after another; a frame without its end is cut off."""
    decompressor = library.ZstdDecompressor(max_window_size=largest)
    decoded, start = bytearray(), 0
    while start < len(body):
        frame = decompressor.decompressobj()
        while not frame.eof:
            piece = body[start : start + _PIECE]
            if not piece:
                raise ValueError("cut off")
            decoded += frame.decompress(piece)
            start += len(piece)
            if len(decoded) > largest:
                return bytes(decoded)
        start -= len(frame.unused_data)
    return bytes(decoded)


def _as_utf8(body: bytes) -> tuple[bytes, BodyFlaw | None]:
    """A JSON text in UTF-8, and why it is not JSON as it was sent (RFC 8259 8.1, 6)."""
    if body.startswith(BOM_UTF8):
        return body.removeprefix(BOM_UTF8), BodyFlaw.BYTE_ORDER_MARK
    charset = json.detect_encoding(body)
    if not charset.startswith("utf-8"):
        try:
            return body.decode(charset).encode(), BodyFlaw.CHARSET
        except UnicodeError:
            return body, None
    if (b"NaN" in body or b"Infinity" in body) and _has_constant(body):
        return body, BodyFlaw.CONSTANT
    return body, None


def _has_constant(body: bytes) -> bool:
    """Whether a body would be JSON if NaN and Infinity were."""
    constants: list[str] = []
    try:
        json.loads(body, parse_constant=constants.append)
    except (ValueError, RecursionError):
        return False
    return bool(constants)
