"""The documentation's site: every page has a place, and its links lead to pages or to the repository."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import re
from pathlib import Path

import pytest
import yaml

import commands

ROOT = Path(__file__).parents[1]
CONFIG = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
REPOSITORY = "https://example.com/storepact"


def load_script():
    """The script that builds the site, as a module; its name has no suffix."""
    loader = importlib.machinery.SourceFileLoader("site_script", str(ROOT / ".ci" / "site"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


SITE = load_script()


def pages_in(nav) -> list[str]:
    """The pages of a navigation, in order."""
    if isinstance(nav, str):
        return [nav]
    values = nav.values() if isinstance(nav, dict) else nav
    return [page for value in values for page in pages_in(value)]


def test_every_page_has_one_place_in_the_navigation():
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert sorted(pages_in(CONFIG["nav"])) == sorted(pages | set(SITE.PAGES.values()))


@pytest.mark.parametrize(
    ("source", "link", "target"),
    [
        ("docs/live.md", "consumers.md#provider-states", "consumers.md#provider-states"),
        ("docs/live.md", "../README.md", "index.md"),
        (
            "docs/checks.md",
            "../openapi/DECISIONS.md#d1-timestamps-of-_status",
            "decisions.md#d1-timestamps-of-_status",
        ),
        ("docs/ci/README.md", "../nightly.md", "../nightly.md"),
        ("docs/ci/README.md", "../../action.yml", f"{REPOSITORY}/blob/main/action.yml"),
        ("docs/ci/README.md", "gitlab-ci.yml", f"{REPOSITORY}/blob/main/docs/ci/gitlab-ci.yml"),
        ("CONTRIBUTING.md", "docs/architecture.md", "architecture.md"),
        ("docs/live.md", "../contracts", f"{REPOSITORY}/tree/main/contracts"),
        ("docs/live.md", "https://example.com/x.md", "https://example.com/x.md"),
        ("docs/live.md", "#faults-of-the-network", "#faults-of-the-network"),
    ],
)
def test_link_is_rewritten_for_the_site(source, link, target):
    assert SITE.rewrite_links(f"a [b]({link}).", source, REPOSITORY) == f"a [b]({target})."


def test_link_to_nowhere_is_an_error():
    with pytest.raises(SITE.BrokenLink, match=r"docs/live\.md: nowhere\.md leads to no file"):
        SITE.rewrite_links("[a](nowhere.md)", "docs/live.md", REPOSITORY)


def test_all_pages_can_be_copied(tmp_path):
    SITE.copy_pages(tmp_path, REPOSITORY)
    assert all((tmp_path / page).exists() for page in pages_in(CONFIG["nav"]))


def test_pact_of_the_tutorial_fits_until_its_member_is_renamed(tmp_path):
    text = re.search(r"```json\n(.*?)```", (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8"), re.S)[
        1
    ]
    pact = tmp_path / "dashboard.json"
    pact.write_text(text, encoding="utf-8")
    assert json.loads(text)["consumer"]["name"] == "dashboard"
    assert commands.call("contracts", "check", str(pact)).returncode == 0
    pact.write_text(text.replace('"on"', '"enabled"').replace("body.on", "body.enabled"), encoding="utf-8")
    outcome = commands.call("contracts", "check", str(pact))
    assert outcome.returncode == 1
    assert "/enabled" in outcome.stdout
