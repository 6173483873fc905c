"""What pages state is what the program does: examples, tables and figures."""

from __future__ import annotations

import json
import re
import runpy
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import msgspec
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from storepact.cli.proxy import proxy
from storepact.engines.corpus import values
from storepact.engines.profiles import PROFILES
from storepact.engines.questions import journeys
from storepact.families import DEFAULT_FAMILY
from storepact.families.persistent_store.stores import layout
from storepact.run import corpus_adopt, twin_rules
from storepact.run.explore import cluster
from storepact.transport import relay_events

ROOT = Path(__file__).parents[1]


def page(name: str) -> str:
    """The text of a page, its line breaks as blanks."""
    return " ".join((ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8").split())


def test_the_corpus_file_of_the_page_is_one():
    """The program reads it, and the id is that of the case."""
    text = (ROOT / "docs" / "corpus.md").read_text(encoding="utf-8")
    file = json.loads(re.search(r"```json\n(.*?)```", text, re.DOTALL)[1])
    assert file.keys() == set(values.PinnedCases.__struct_fields__)
    for case in file["cases"]:
        assert values.content_id(msgspec.convert(case, values.PinnedCase)) == case["id"]


def test_the_table_of_twin_has_every_rule():
    """In the order of the program, with its class and sentence."""
    words = {"where": "a member", "a": "A", "b": "B"}
    rows = [
        f"| `{rule}` | {breaks} | {sentence.format(**words)} |"
        for rule, (breaks, sentence) in twin_rules.RULES.items()
    ]
    assert " ".join(rows) in page("twin")


def test_the_plan_for_many_machines_is_what_the_simulation_prints(monkeypatch, capsys):
    """Its table, every row of it."""
    monkeypatch.setattr(sys, "argv", ["scale.py"])
    runpy.run_path(str(ROOT / "benchmarks" / "scale.py"), run_name="__main__")
    assert " ".join(capsys.readouterr().out.split()) in page("scale")


def _mebibytes(count: int) -> str:
    return f"{count // 2**20} MiB"


_STORIES = len(journeys(DEFAULT_FAMILY))


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("traffic", f"listens on `127.0.0.1:{proxy.__kwdefaults__['port']}`"),
        ("traffic", f"Bodies above {_mebibytes(relay_events.LONGEST_COPY)} pass and are not judged"),
        ("traffic", f"more than {_mebibytes(relay_events.MOST_WAITING)} of copies wait"),
        ("store", f"not older than {layout.SDK_STALE_SECONDS:g} s (SDKs)"),
        ("store", f"or {layout.RELAY_STALE_SECONDS / 60:g} minutes (Relay Proxy)"),
        ("corpus", f"larger than {corpus_adopt._MOST_BYTES / 1e6:g} MB"),
        ("scale", f"does not answer within {cluster.TIMEOUT} s"),
        ("twin", f"({PROFILES['gate'].journeys * _STORIES} for targets on this machine;"),
        ("twin", f"; {PROFILES['live'].journeys * _STORIES} if one of the two is elsewhere)"),
    ],
)
def test_a_figure_is_that_of_the_program(name, statement):
    """Limits, defaults and numbers that pages repeat."""
    assert statement in page(name)


def _installed_with(names, seen):
    """The packages that pip installs for some requirements, themselves included."""
    for requirement in map(Requirement, names):
        name = canonicalize_name(requirement.name)
        if name not in seen and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
            seen.add(name)
            _installed_with(metadata.requires(name) or (), seen)
    return seen


def test_pages_count_the_packages_of_a_consumer():
    """Those of storepact-mock and of pytest, as installed here."""
    project = tomllib.loads((ROOT / "packages/storepact-mock/pyproject.toml").read_text(encoding="utf-8"))
    own = _installed_with(["pytest"], set())
    every = _installed_with(project["project"]["dependencies"], set(own)) | {"storepact-mock"}
    count = f"{len(every)} packages"
    assert f"{count} in all, pytest's own {len(own)} included" in page("mock")
    readme = (ROOT / "packages/storepact-mock/README.md").read_text(encoding="utf-8")
    assert f"{count}, pytest's own {len(own)} included" in readme
    assert len(every) <= 15
