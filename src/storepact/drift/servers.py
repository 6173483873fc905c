"""The servers of a document: the hosts that they stand for, and the paths that they put before all paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from math import prod
from urllib.parse import urlsplit

from storepact.model.tree import Json

#: Servers with more combinations of values for their variables are compared as they are written.
_MOST_COMBINATIONS = 256


def hosts(servers: Json, base: str = "") -> frozenset[str]:
    """Every listed server with its scheme, without the base path that is common to all.

    A server without a host is the document's own: `(the document's own host)` and its path.
    """
    return frozenset(_host(url, base) for url in _expand_urls(servers))


def _host(url: str, base: str) -> str:
    scheme, separator, rest = url.partition("://")
    host, slash, path = rest.partition("/") if separator else ("", "/", url.lstrip("/"))
    remaining = f"/{path}".rstrip("/").removesuffix(base) if slash and path else ""
    name = f"{scheme}://{host}".lower() if separator else "the document's own host"
    return f"{name}{remaining}"


def base_paths(servers: Json) -> list[str]:
    """The paths that servers put before all paths of the document, the most frequent first."""
    paths = [_path_of(url) for url in _expand_urls(servers)]
    return sorted(dict.fromkeys(paths), key=lambda path: -paths.count(path)) or [""]


def _path_of(url: str) -> str:
    try:
        return urlsplit(url).path.rstrip("/")
    except ValueError:
        return ""


def _expand_urls(servers: Json) -> Iterator[str]:
    """Every URL of the servers, with each combination of values for their variables."""
    for server in servers if isinstance(servers, list) else ():
        if isinstance(server, Mapping):
            yield from (url.rstrip("/") for url in _urls_of(server))


def _urls_of(server: Mapping[str, Json]) -> Iterator[str]:
    template, variables = str(server.get("url", "")), server.get("variables") or {}
    choices = [
        [str(value) for value in variable.get("enum") or (variable.get("default", ""),)]
        for variable in variables.values()
    ]
    if prod(map(len, choices)) > _MOST_COMBINATIONS:
        for name, values in zip(variables, choices, strict=True):
            template = template.replace(f"{{{name}}}", f"{{{'|'.join(sorted(values))}}}")
        yield template
        return
    for combination in product(*choices):
        url = template
        for name, value in zip(variables, combination, strict=True):
            url = url.replace(f"{{{name}}}", value)
        yield url
