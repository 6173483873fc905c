"""The published document, from a file or a URL, in JSON or YAML."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from storepact.model.errors import DocumentUnusable, NotThisApi, TargetTimedOut, TargetUnreachable
from storepact.model.tree import Json
from storepact.model.values import lean_value
from storepact.openapi.content import require_data, require_openapi
from storepact.openapi.yaml import parse_yaml

#: Maximum size of a document, in bytes.
LARGEST = 64 * 1024 * 1024


@lean_value(frozen=True)
class Download:
    """A document as data, and the text that it was read from."""

    data: dict[str, Json]
    content: bytes


def download(where: str, *, timeout: float = 30.0) -> Download:
    """An OpenAPI document, from a path, a `file:` URL or a web address, in at most `timeout` seconds.

    Raises:
        DocumentUnusable: not readable, not JSON or YAML, not OpenAPI 3.
        Undetermined: the URL does not respond, or responds with an error.

    """
    scheme = where.partition(":")[0].lower()
    if scheme in ("http", "https"):
        source: object = shown_url(where)
        content = _fetch_in_time(where, timeout)
    elif not where or ("://" in where and scheme != "file"):
        raise DocumentUnusable("the published document", "is neither a file nor an http, https or file URL")
    else:
        source = _file_of(where) if scheme == "file" else Path(where)
        content = _read(Path(str(source)))
    document = require_openapi(_parse(content, source), source)
    if not isinstance(document.get("paths"), Mapping):
        raise DocumentUnusable(source, "is not an OpenAPI document: it has no `paths`")
    return Download(document, content)


def _file_of(url: str) -> Path:
    """The file of a `file:` URL."""
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


def _fetch_in_time(url: str, timeout: float) -> bytes:
    """The content of a URL; the timeout includes name resolution, redirects and slow bodies."""
    results: queue.SimpleQueue[bytes | Exception] = queue.SimpleQueue()

    def fetch() -> None:
        try:
            results.put(_fetch(url, timeout))
        except Exception as error:
            results.put(error)

    threading.Thread(target=fetch, daemon=True).start()  # the program may end before it does
    try:
        result = results.get(timeout=timeout)
    except queue.Empty:
        raise TargetTimedOut(shown_url(url), timeout) from None
    if isinstance(result, Exception):
        raise result
    return result


def _fetch(url: str, timeout: float) -> bytes:
    """The content of a URL, read up to the maximum size."""
    import httpx

    display, content = shown_url(url), bytearray()
    headers = {"Accept": "application/json, application/yaml;q=0.9, */*;q=0.1"}
    try:
        with (
            httpx.Client(timeout=timeout, follow_redirects=True, max_redirects=5) as client,
            client.stream("GET", url, headers=headers) as response,
        ):
            if response.status_code != 200:
                raise NotThisApi(_describe_refusal(display, response.status_code))
            for part in response.iter_bytes():
                content += part
                if len(content) > LARGEST:
                    raise _too_large(display)
    except httpx.TimeoutException:
        raise TargetTimedOut(display, timeout) from None
    except httpx.InvalidURL:  # its message may hold a part of a password
        raise TargetUnreachable(display, "it is not a URL") from None
    except httpx.HTTPError as error:
        raise TargetUnreachable(display, _describe_failure(error)) from None
    return bytes(content)


def _describe_failure(error: BaseException) -> str:
    """What the system says of a failed connection, without its number; else what the client says."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    return str(error) or type(error).__name__


def _describe_refusal(url: str, status: int) -> str:
    """A status of the document's server, as a message that says what to do."""
    phrase = {item.value: f" ({item.phrase})" for item in HTTPStatus}.get(status, "")
    result = f"{url}: it answers {status}{phrase}"
    if status in (404, 410):
        return f"the published document is not there: {result}; check the address"
    if status in (401, 403, 407):
        return f"the published document may not be read: {result}; fetch it yourself, and name the file"
    return f"the published document could not be fetched: {result}; try again later, or name a file"


def _parse(content: bytes, where: object) -> Any:
    require_data(content, where)
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return parse_yaml(content, where)  # its errors name the line


def _too_large(where: object) -> DocumentUnusable:
    return DocumentUnusable(where, f"has more than {LARGEST:,} bytes")


def shown_url(url: str) -> str:
    """A URL without credentials, query and fragment, which may be secret."""
    import httpx

    try:
        return str(httpx.URL(url).copy_with(username=None, password=None, query=None, fragment=None))
    except httpx.InvalidURL:
        return "the URL"
