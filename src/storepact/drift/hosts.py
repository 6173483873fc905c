"""Hosts: what the servers of a document stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any
from urllib.parse import urlsplit


def hosts(servers: Any) -> frozenset[str]:
    """Every host that is listed, without the path that all paths begin with; none where the document's own host is meant."""
    split = [urlsplit(url) for url in _urls(servers)]
    return frozenset(f"{each.scheme}://{each.netloc}".lower() for each in split if each.netloc)


def _urls(servers: Any) -> Iterator[str]:
    """Every URL that servers stand for, their variables filled in."""
    for server in servers or ():
        url, variables = str(server.get("url", "")), server.get("variables") or {}
        choices = [
            [str(one) for one in variable.get("enum") or (variable.get("default", ""),)]
            for variable in variables.values()
        ]
        for chosen in product(*choices):
            filled = url
            for name, value in zip(variables, chosen, strict=True):
                filled = filled.replace(f"{{{name}}}", value)
            yield filled.rstrip("/")


def start_of(document: Mapping[str, Any]) -> str:
    """The path that the servers of a document put before all of its paths; empty if they do not agree."""
    starts = {urlsplit(url).path.rstrip("/") for url in _urls(document.get("servers"))}
    return starts.pop() if len(starts) == 1 else ""
