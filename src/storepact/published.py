"""The published document, from a file or a URL: JSON or YAML, however large."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from storepact.errors import FragmentUnusable, TargetTimedOut, TargetUnreachable
from storepact.spec.yaml import load_document, parsed_document

#: A document larger than this is none.
LARGEST = 64 * 1024 * 1024


def load_published(where: str, *, timeout: float = 30.0) -> dict[str, Any]:
    """An OpenAPI document as data.

    Raises:
        FragmentUnusable: not there, not JSON or YAML, not OpenAPI 3.
        Undetermined: the URL does not answer.

    """
    document = _fetched(where, timeout) if where.lower().startswith(("http://", "https://")) else _read(Path(where))
    if not isinstance(document, Mapping) or not isinstance(document.get("paths"), Mapping):
        raise FragmentUnusable(where, "is not an OpenAPI document: it has no `paths`")
    version = str(document.get("openapi", document.get("swagger", "")))
    if not version.startswith("3."):
        raise FragmentUnusable(where, f"is OpenAPI {version or 'of an unknown version'}; versions 3.0 and 3.1 are understood")
    return dict(document)


def _read(path: Path) -> Any:
    if path.suffix.lower() == ".json":
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise FragmentUnusable(path, f"cannot be read: {error.strerror or error}") from None
        except (ValueError, RecursionError):
            pass  # YAML may be called so, too, and says better where it ends
    return load_document(path)


def _fetched(url: str, timeout: float) -> Any:
    import httpx

    try:
        with httpx.Client(timeout=timeout, follow_redirects=True, max_redirects=5) as client:
            answer = client.get(url, headers={"Accept": "application/json, application/yaml;q=0.9, */*;q=0.1"})
    except httpx.TimeoutException:
        raise TargetTimedOut(_shown(url), timeout) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise TargetUnreachable(_shown(url), str(error) or type(error).__name__) from None
    if answer.status_code != 200:
        raise TargetUnreachable(_shown(url), f"it answers {answer.status_code}")
    if len(answer.content) > LARGEST:
        raise FragmentUnusable(_shown(url), f"has {len(answer.content):,} bytes, more than any document")
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError):
        return parsed_document(answer.content, _shown(url))


def _shown(url: str) -> str:
    """A URL without what may be secret in it."""
    import httpx

    try:
        return str(httpx.URL(url).copy_with(username=None, password=None, query=None, fragment=None))
    except httpx.InvalidURL:
        return "the URL"
