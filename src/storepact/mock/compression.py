"""Compressed responses: gzip, where the client accepts it (RFC 9110 12.5.3)."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import Literal

from storepact.mock.app import encode_body
from storepact.mock.exchange import MockRequest, MockResponse

#: Whether responses are compressed; without Accept-Encoding a client accepts any content coding.
Compression = Literal["never", "if-asked", "unless-refused"]


def compress(request: MockRequest, response: MockResponse, compression: Compression) -> MockResponse:
    """Return the response, compressed if this is chosen and the client accepts it."""
    if compression == "never" or response.body is None or isinstance(response.body, bytes):
        return response
    accepted = request.header("accept-encoding")
    if accepted is None and compression == "if-asked":
        return response
    vary = filter(None, (response.headers.get("Vary"), "Accept-Encoding"))
    headers = {**response.headers, "Vary": ", ".join(vary)}
    if accepted is not None and not _accepts_gzip(accepted):
        return replace(response, headers=headers)
    body = gzip.compress(encode_body(response.body), compresslevel=1, mtime=0)
    return replace(response, body=body, headers={**headers, "Content-Encoding": "gzip"})


def _accepts_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding has gzip, or anything, with a weight above zero."""
    weights: dict[str, str] = {}
    for item in accepted.lower().split(","):
        coding, _, weight = item.partition(";")
        weights[coding.strip()] = weight.replace(" ", "")
    weight = weights.get("gzip", weights.get("*", "q=0"))
    return weight.removeprefix("q=").strip("0.") != "" or not weight
