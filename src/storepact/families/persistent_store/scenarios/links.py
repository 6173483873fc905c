"""Scenario of links: what serves one of them serves the others; the oracle compares their paths (D29)."""

from __future__ import annotations

from storepact.engines.story import Story
from storepact.engines.story_steps import Resource
from storepact.families.persistent_store.api import KINDS
from storepact.families.persistent_store.oracle.links import divergence_of, hrefs_of
from storepact.families.persistent_store.scenarios.steps import create, delete, list_all
from storepact.model.tree import Json


def follow_links(story: Story) -> None:
    """The links of an integration, and of the list, lead to something that exists."""
    for kind in KINDS:
        integration = create(story, kind)
        _check_targets(story, integration, story.entries[-1].exchange.response.json)
        delete(story, integration)
    list_all(story)


def _check_targets(story: Story, integration: Resource, item: Json) -> None:
    """Follow every link: a provider that serves one of them has to serve the others."""
    names = ("parent", "project", "environment")
    hrefs = {name: href for name, href in hrefs_of(item).items() if name in names}
    statuses = {
        name: story.follow(f"follow the {name} link of {integration.name}", href).response.status
        for name, href in hrefs.items()
    }
    is_served = any(200 <= statuses.get(name, 0) < 300 for name in names[1:])
    for name in names[1:]:
        status = statuses.get(name, 200)
        if is_served and status >= 400:
            message = f"the {name} link of {integration.name} leads nowhere: {status}"
            actual = f"{hrefs[name]}: {status}"
            story.report_divergence(divergence_of(name, message, "something that exists", actual))
