"""Scenario of links: each leads where its name says (D29)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from storepact.engines.story import Story
from storepact.engines.story_steps import Resource
from storepact.families.persistent_store.api import BASE, KINDS, environment_of, project_of
from storepact.families.persistent_store.scenarios.steps import (
    change,
    create,
    delete,
    list_all,
    patch,
    read,
    try_create,
)
from storepact.model.story import Divergence


def follow_links(story: Story) -> None:
    """The links of every response lead where they say: to itself, to what it is part of, on the same host."""
    for kind in KINDS:
        integration = create(story, kind)
        created = story.entries[-1].exchange.response
        _check_links(story, integration, created.json, "the create")
        _check_location(story, integration, created.header("Location"))
        _check_targets(story, integration, created.json)
        _check_links(story, integration, read(story, integration).response.json, "the get")
        linked = patch(story, integration, change("/name", "linked"))
        _check_links(story, integration, linked.response.json, "the patch")
        second = try_create(story, kind, does=f"create a second {kind} integration")
        body = list_all(story).response.json
        for listed in filter(None, (integration, second)):
            for item in _items(body):
                if item.get("_id") == listed.id:
                    _check_links(story, listed, item, "the list")
        _check_list_links(story, body)
        for listed in filter(None, (integration, second)):
            delete(story, listed)
    for scope in story.scopes[1:]:
        elsewhere = try_create(story, scope=scope)
        if elsewhere is not None:
            _check_links(story, elsewhere, story.entries[-1].exchange.response.json, "the create")
            _check_links(story, elsewhere, read(story, elsewhere).response.json, "the get")
            delete(story, elsewhere)


def _check_location(story: Story, integration: Resource, location: str | None) -> None:
    """Check a Location, which may be relative to the path of the create (RFC 9110 10.2.2)."""
    request = story.entries[-1].exchange.request
    path = urlsplit(urljoin(request.path, location)).path if location else ""
    own = _own_path(integration)
    if path and _segments(path) != own:
        message = f"the header Location of the create does not lead to {integration.name}"
        _report(story, "", message, "/".join(own), location or "")


def _check_targets(story: Story, integration: Resource, item: Any) -> None:
    """Follow every link: a provider that serves one of them has to serve the others."""
    names = ("parent", "project", "environment")
    hrefs = {name: href for name, href in _hrefs(item).items() if name in names}
    statuses = {
        name: story.follow(f"follow the {name} link of {integration.name}", href).response.status
        for name, href in hrefs.items()
    }
    is_served = any(200 <= statuses.get(name, 0) < 300 for name in names[1:])
    for name in names[1:]:
        status = statuses.get(name, 200)
        if is_served and status >= 400:
            message = f"the {name} link of {integration.name} leads nowhere: {status}"
            _report(story, _pointer(name), message, "something that exists", f"{hrefs[name]}: {status}")


def _items(body: Any) -> list[Mapping[str, Any]]:
    items = body.get("items") if isinstance(body, Mapping) else None
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []


def _hrefs(item: Any) -> dict[str, str]:
    """The paths of a body's links, by name; links with a host of their own are left out."""
    links = item.get("_links") if isinstance(item, Mapping) else None
    if not isinstance(links, Mapping):
        return {}
    hrefs = {name: link.get("href") for name, link in links.items() if isinstance(link, Mapping)}
    return {name: href for name, href in hrefs.items() if isinstance(href, str) and re.match("/(?!/)", href)}


def _segments(href: str) -> list[str]:
    return [unquote(segment) for segment in href.partition("?")[0].split("/") if segment]


def _own_path(integration: Resource) -> list[str]:
    scope = integration.scope
    return [*_segments(BASE), project_of(scope), environment_of(scope), integration.kind, integration.id]


def _check_links(story: Story, integration: Resource, item: Any, owner: str) -> None:
    """Check the paths of all links in a body. `owner` names the response, for messages."""
    hrefs, scope, own = _hrefs(item), integration.scope, _own_path(integration)
    if "self" in hrefs and _segments(hrefs["self"]) != own:
        message = f"the self link of {owner} does not lead to {integration.name}"
        _report(story, _pointer("self"), message, "/".join(own), hrefs["self"])
    for name, key in (("project", project_of(scope)), ("environment", environment_of(scope))):
        if name in hrefs and key not in _segments(hrefs[name]):
            message = f"the {name} link of {owner} does not name {key}"
            _report(story, _pointer(name), message, key, hrefs[name])
    if "parent" in hrefs and not _is_parent(hrefs, own, integration):
        message = f"the parent link of {owner} leads to nothing that {integration.name} is part of"
        _report(story, _pointer("parent"), message, "/".join(_segments(BASE)), hrefs["parent"])


def _is_parent(hrefs: Mapping[str, str], own: list[str], integration: Resource) -> bool:
    """Whether the parent link leads to a prefix of the own path, to the project or the environment."""
    parent = _segments(hrefs["parent"])
    if parent == own:
        return False
    prefix = own[: len(parent)]
    if parent in [prefix, *(_segments(hrefs[name]) for name in ("project", "environment") if name in hrefs)]:
        return True
    return environment_of(integration.scope) in parent or project_of(integration.scope) in parent


def _check_list_links(story: Story, body: Any) -> None:
    href = _hrefs(body).get("self")
    if href is not None and _segments(href) != _segments(BASE):
        _report(story, _pointer("self"), "the self link of the list does not lead to the list", BASE, href)


def _pointer(link: str) -> str:
    return f"/_links/{link}/href"


def _report(story: Story, member: str, message: str, expected: str, actual: str) -> None:
    story.report_divergence(Divergence("links_lead_there", member, message, expected, actual))
