"""Whether the content of a file is an OpenAPI document of a supported version, and what it is instead."""

from __future__ import annotations

from collections.abc import Mapping

from storepact.model.errors import DocumentUnusable
from storepact.model.tree import Json

#: The versions of OpenAPI that are supported, by how they begin.
SUPPORTED_VERSIONS = ("3.0", "3.1", "3.2")

#: How HTML begins, in any letter case.
_PAGE = (b"<!doctype", b"<html", b"<head", b"<body")

_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def require_data(content: bytes, where: object) -> None:
    """Make sure that a content can be YAML or JSON: it is neither empty nor a page.

    Raises:
        DocumentUnusable: it is.

    """
    start = content[:1_000]
    for mark in _MARKS:
        start = start.removeprefix(mark)
    start = start.replace(b"\0", b"").lstrip().lower()
    if not start and not content[1_000:].strip():
        raise DocumentUnusable(where, "is not an OpenAPI document: it is empty")
    if start.startswith(_PAGE):
        raise DocumentUnusable(where, "is HTML, not an OpenAPI document")
    if start.startswith(b"<"):
        raise DocumentUnusable(where, "is XML or HTML, not an OpenAPI document")


def require_openapi(data: Json, where: object) -> dict[str, Json]:
    """The data, if it is an OpenAPI document of a supported version.

    Raises:
        DocumentUnusable: it is something else, or Swagger.

    """
    if isinstance(data, Mapping) and "swagger" in data and "openapi" not in data:
        raise DocumentUnusable(
            where,
            f"is Swagger {data['swagger']}; OpenAPI 3.0 to 3.2 is supported: convert it first, for example "
            "with `npx swagger2openapi`",
        )
    if not isinstance(data, Mapping) or "openapi" not in data:
        raise DocumentUnusable(where, "is not an OpenAPI document: it has no member `openapi`")
    if not str(data["openapi"]).startswith(SUPPORTED_VERSIONS):
        raise DocumentUnusable(where, f"is OpenAPI {data['openapi']}; versions 3.0 to 3.2 are supported")
    return dict(data)
