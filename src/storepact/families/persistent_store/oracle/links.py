"""Compare the links of a shown integration with what they must lead to (D29)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from urllib.parse import unquote, urljoin, urlsplit

from storepact.families.persistent_store.api import BASE, environment_of, project_of
from storepact.families.persistent_store.oracle.world import Integration
from storepact.model.api import Scope
from storepact.model.exchange import Exchange
from storepact.model.story import Divergence
from storepact.model.tree import Json

#: The responses by the role of their operation, as messages name them.
_NOUNS = {"create": "the create", "update": "the patch", "get": "the get", "list": "the list"}


def hrefs_of(body: Json) -> dict[str, str]:
    """The paths of a body's links, by name; links with a host of their own are left out."""
    links = body.get("_links") if isinstance(body, dict) else None
    if not isinstance(links, dict):
        return {}
    hrefs = {}
    for name, link in links.items():
        href = link.get("href") if isinstance(link, dict) else None
        if isinstance(href, str) and href.startswith("/") and not href.startswith("//"):
            hrefs[name] = href
    return hrefs


@lru_cache(maxsize=4_096)
def segments_of(href: str) -> tuple[str, ...]:
    """The decoded segments of a path; a slash at its end makes an empty one."""
    path = re.split("[?#]", href, maxsplit=1)[0]
    return tuple(unquote(segment) for segment in path.split("/")[1:])


def own_path(scope: Scope, kind: str, identifier: str) -> tuple[str, ...]:
    """The decoded segments of an integration's path."""
    return (*segments_of(BASE), project_of(scope), environment_of(scope), kind, identifier)


def report_links(integration: Integration, item: Mapping[str, Json], role: str) -> tuple[Divergence, ...]:
    """The links of an integration that lead elsewhere. `role` is that of the operation that shows it."""
    hrefs = tuple(hrefs_of(item).items())
    place = integration.scope, integration.kind, integration.id
    return () if _lead_there(hrefs, *place) else _report_links(hrefs, *place, role)


@lru_cache(maxsize=4_096)
def _lead_there(pairs: tuple[tuple[str, str], ...], scope: Scope, kind: str, identifier: str) -> bool:
    """Whether every link leads where it must: those of most responses do, and come again."""
    return not _report_links(pairs, scope, kind, identifier, "get")


def _report_links(
    pairs: tuple[tuple[str, str], ...], scope: Scope, kind: str, identifier: str, role: str
) -> tuple[Divergence, ...]:
    return tuple(_compare(dict(pairs), scope, own_path(scope, kind, identifier), _NOUNS[role]))


def report_location(integration: Integration, exchange: Exchange) -> tuple[Divergence, ...]:
    """A `Location` that leads elsewhere; it may be relative to the path of the create (RFC 9110 10.2.2)."""
    location = exchange.response.header("Location")
    if not location:
        return ()
    path = urlsplit(urljoin(exchange.request.path, location)).path
    own = own_path(integration.scope, integration.kind, integration.id)
    if not path or segments_of(path) == own:
        return ()
    message = "the header Location of the create does not lead to the integration"
    expected = "/".join(["", *own])
    return (Divergence("links_lead_there", "", message, expected, location),)


def report_list_links(body: Mapping[str, Json]) -> Iterator[Divergence]:
    """A self link of the list that leads elsewhere, whatever the list shows."""
    href = hrefs_of(body).get("self", BASE)
    if segments_of(href) != segments_of(BASE):
        yield divergence_of("self", "the self link of the list does not lead to the list", BASE, href)


def _compare(
    hrefs: Mapping[str, str], scope: Scope, own: tuple[str, ...], owner: str
) -> Iterator[Divergence]:
    if "self" in hrefs and segments_of(hrefs["self"]) != own:
        message = f"the self link of {owner} does not lead to the integration"
        yield divergence_of("self", message, "/".join(["", *own]), hrefs["self"])
    for name, key in (("project", project_of(scope)), ("environment", environment_of(scope))):
        if name in hrefs and key not in segments_of(hrefs[name]):
            message = f"the {name} link of {owner} does not name {key}"
            yield divergence_of(name, message, key, hrefs[name])
    if "parent" in hrefs and not _is_parent(hrefs, scope, own):
        message = f"the parent link of {owner} leads to nothing that the integration is part of"
        yield divergence_of("parent", message, BASE, hrefs["parent"])


def _is_parent(hrefs: Mapping[str, str], scope: Scope, own: tuple[str, ...]) -> bool:
    """Whether the parent link leads to a prefix of the own path, to the project or the environment."""
    parent = tuple(segment for segment in segments_of(hrefs["parent"]) if segment)
    if parent == own:
        return False
    others = (segments_of(hrefs[name]) for name in ("project", "environment") if name in hrefs)
    if parent in [own[: len(parent)], *others]:
        return True
    return environment_of(scope) in parent or project_of(scope) in parent


def divergence_of(link: str, message: str, expected: str, actual: str) -> Divergence:
    """What is reported of a link that leads elsewhere."""
    return Divergence("links_lead_there", f"/_links/{link}/href", message, expected, actual)
