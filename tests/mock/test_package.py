"""The distribution storepact-mock: made from the same modules, few packages, wrong names named."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from mock_client import BASE, client_of
from storepact.mock import fixture
from storepact.model.errors import UsageError

PACKAGE = Path(__file__).parents[2] / "packages" / "storepact-mock"

#: The names under which packages are imported, where they have another one.
NAMES = {"pyyaml": "yaml"}

PROGRAM = """
import json, sys, urllib.request
import storepact_mock
with storepact_mock.serve(storepact_mock.MockOptions(faults=["delete-202"])) as mock:
    request = urllib.request.Request(mock.url + sys.argv[1], headers=mock.headers())
    assert json.load(urllib.request.urlopen(request))["items"] == []
    mock.become(faults=["stale-read"])
from storepact_mock.mock import fixture
print(*sorted({name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)))
"""


@pytest.fixture(scope="module")
def build():
    """The build hook of the distribution."""
    spec = importlib.util.spec_from_file_location("hatch_build", PACKAGE / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_dependencies(build):
    """What the mock imports is declared, and nothing else; jsonpatch brings jsonpointer, boto3 botocore."""
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    drivers = project["optional-dependencies"]["sync"]
    declared = {re.match(r"[\w-]+", text)[0] for text in [*project["dependencies"], *drivers]}
    names = {NAMES.get(name, name) for name in declared}
    assert names | {"botocore", "jsonpointer", "pytest"} == build.foreign()
    assert all(name.startswith("storepact.") for name in build.modules())
    assert not [name for name in build.modules() if ".engines" in name or ".checks" in name]


def test_it_runs_alone(build, tmp_path):
    """The generated package serves the mock; nothing of storepact itself is imported."""
    package = build.generate(tmp_path)
    assert (package / "py.typed").is_file()
    command = [sys.executable, "-c", PROGRAM, BASE]
    done = subprocess.run(
        command, env={"PYTHONPATH": str(tmp_path)}, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    imported = set(done.stdout.split())
    assert "storepact_mock" in imported
    heavy = {"httpx", "schemathesis", "hypothesis", "jsonschema", "redis", "boto3"}
    assert not imported & {"storepact", *heavy}


def test_become_keeps_what_was_arranged(provider_mock):
    """`become` changes the behaviour only; `configure` deletes everything, too."""
    with client_of(provider_mock) as client:
        body = {"config": {"host": "redis.example.com"}}
        assert client.post(f"{BASE}/default/test/redis", json=body).status_code == 201
        provider_mock.become(faults=["maintainer-added"])
        (item,) = client.get(BASE).json()["items"]
        assert "_maintainer" in item
        with pytest.raises(UsageError, match="did you mean 'stale-read'"):
            provider_mock.become(faults=["stale-raed"])
        assert len(client.get(BASE).json()["items"]) == 1
        provider_mock.configure()
        assert client.get(BASE).json()["items"] == []


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        (pytest.mark.provider_mock(fautls=["stale-read"]), "did you mean 'faults'"),
        (pytest.mark.provider_mock(["stale-read"]), "by name"),
    ],
)
def test_wrong_marker(marker, message):
    """An option that does not exist is an error, with the nearest one."""
    with pytest.raises(UsageError, match=message):
        fixture._options_of(marker.mark)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"choices": {"failed-tset": "400"}}, "did you mean 'failed-test'"),
        ({"choices": {"failed-test": "401"}}, "did you mean '4"),
        ({"faults": ["stale-raed"]}, "did you mean 'stale-read'"),
        ({"limits": {"tokn": 5}}, "did you mean 'token'"),
    ],
)
def test_wrong_name(provider_mock, options, message):
    """A choice, value, fault or limit that does not exist is an error, with the nearest one."""
    with pytest.raises(UsageError, match=message):
        provider_mock.configure(**options)
