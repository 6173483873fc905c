"""The published document, from a file or a URL: JSON or YAML, however large."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from storepact.model.errors import DocumentUnusable, NotThisApi, TargetTimedOut, TargetUnreachable
from storepact.openapi.yaml import parse_yaml

#: A document larger than this is none.
LARGEST = 64 * 1024 * 1024

#: What a page begins with, in any case of letters.
_PAGE = (b"<!doctype", b"<html", b"<head", b"<body")


def download_document(where: str, *, timeout: float = 30.0) -> dict[str, Any]:
    """An OpenAPI document as data, from a path, a `file:` URL or a web address.

    Raises:
        DocumentUnusable: not there, not JSON or YAML, not OpenAPI 3.
        Undetermined: the URL does not answer, or has no document.

    """
    scheme = where.partition(":")[0].lower()
    if scheme in ("http", "https"):
        shown: object = shown_url(where)
        content = _fetched(where, timeout)
    elif "://" in where and scheme != "file":
        raise DocumentUnusable("the published document", "is neither a file nor an http, https or file URL")
    else:
        shown = _file(where) if scheme == "file" else Path(where)
        content = _read(Path(str(shown)))
    document = _parsed(content, shown)
    if not isinstance(document, Mapping) or not isinstance(document.get("paths"), Mapping):
        raise DocumentUnusable(shown, "is not an OpenAPI document: it has no `paths`")
    version = str(document.get("openapi", document.get("swagger", "")))
    if not version.startswith("3."):
        raise DocumentUnusable(
            shown, f"is OpenAPI {version or 'of an unknown version'}; versions 3.0 and 3.1 are understood"
        )
    return dict(document)


def _file(url: str) -> Path:
    """The file that a URL means."""
    parts = urlsplit(url)
    if parts.netloc.lower() not in ("", "localhost") or not parts.path:
        raise DocumentUnusable(url, "is a file of another machine; write file:///FOLDER/FILE")
    return Path(url2pathname(parts.path))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise DocumentUnusable(path, f"cannot be read: {error.strerror or error}") from None
    except ValueError:
        raise DocumentUnusable("the published document", "is not the name of a file") from None
    if len(content) > LARGEST:
        raise _too_large(path)
    return content


def _fetched(url: str, timeout: float) -> bytes:
    """What a URL answers, read no further than a document may reach."""
    import httpx

    shown, content = shown_url(url), bytearray()
    headers = {"Accept": "application/json, application/yaml;q=0.9, */*;q=0.1"}
    try:
        with (
            httpx.Client(timeout=timeout, follow_redirects=True, max_redirects=5) as client,
            client.stream("GET", url, headers=headers) as answer,
        ):
            if answer.status_code != 200:
                raise NotThisApi(_refusal(shown, answer.status_code))
            for part in answer.iter_bytes():
                content += part
                if len(content) > LARGEST:
                    raise _too_large(shown)
    except httpx.TimeoutException:
        raise TargetTimedOut(shown, timeout) from None
    except httpx.InvalidURL:  # its words may be half a password
        raise TargetUnreachable(shown, "it is no URL") from None
    except httpx.HTTPError as error:
        raise TargetUnreachable(shown, str(error) or type(error).__name__) from None
    return bytes(content)


def _refusal(shown: str, status: int) -> str:
    """What a status means to somebody who wants a document."""
    named = {each.value: f" ({each.phrase})" for each in HTTPStatus}.get(status, "")
    if status in (404, 410):
        return f"the published document is not there: {shown}: it answers {status}{named}; check the address"
    if status in (401, 403, 407):
        return f"the published document may not be read: {shown}: it answers {status}{named}; fetch it yourself, and name the file"
    return f"no published document came: {shown}: it answers {status}{named}; try again later, or name a file"


def _parsed(content: bytes, where: object) -> Any:
    start = content[:1_000].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not start:
        raise DocumentUnusable(where, "is not an OpenAPI document: it is empty")
    if start.startswith(_PAGE):
        raise DocumentUnusable(where, "is HTML, not an OpenAPI document")
    if start.startswith(b"<"):
        raise DocumentUnusable(where, "is XML or HTML, not an OpenAPI document")
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return parse_yaml(content, where)  # says better where it ends


def _too_large(where: object) -> DocumentUnusable:
    return DocumentUnusable(where, f"has more than {LARGEST:,} bytes, more than any document")


def shown_url(url: str) -> str:
    """A URL without what may be secret in it."""
    import httpx

    try:
        return str(httpx.URL(url).copy_with(username=None, password=None, query=None, fragment=None))
    except httpx.InvalidURL:
        return "the URL"
