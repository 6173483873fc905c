"""The hosts and base paths that the `servers` of a document stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any
from urllib.parse import urlsplit


def hosts(servers: Any) -> frozenset[str]:
    """Every listed host with its scheme, without paths; empty where the document's own host is meant."""
    urls = map(urlsplit, _expand_urls(servers))
    return frozenset(f"{url.scheme}://{url.netloc}".lower() for url in urls if url.netloc)


def base_path(document: Mapping[str, Any]) -> str:
    """The path that the servers of a document put before all its paths; empty if they differ in it."""
    starts = {urlsplit(url).path.rstrip("/") for url in _expand_urls(document.get("servers"))}
    return starts.pop() if len(starts) == 1 else ""


def _expand_urls(servers: Any) -> Iterator[str]:
    """Every URL of the servers, with each combination of values for their variables."""
    for server in servers or ():
        template, variables = str(server.get("url", "")), server.get("variables") or {}
        choices = [
            [str(value) for value in variable.get("enum") or (variable.get("default", ""),)]
            for variable in variables.values()
        ]
        for values in product(*choices):
            url = template
            for name, value in zip(variables, values, strict=True):
                url = url.replace(f"{{{name}}}", value)
            yield url.rstrip("/")
