"""Preparing requests: what a case lacks is filled in, and what it brings stays as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from notes import FAMILY
from storepact.engines.prepare import Preparer, absent_id
from storepact.families import DEFAULT_FAMILY
from storepact.model.api import Scope
from storepact.model.case import Case
from storepact.model.errors import SetupFailed
from storepact.model.paths import data_path
from storepact.openapi.load import load_document
from storepact.transport.redaction import Secrets

NOTES = load_document(Path(__file__).parent.parent / "data" / "notes" / "notes.yaml")
STORES = load_document(data_path("openapi", DEFAULT_FAMILY.document))
MARKER = "storepact-1"
ID = "64f0a1b2c3d4e5f6a7b8c9d0"


def preparer(document=STORES, family=DEFAULT_FAMILY, secrets=None):
    scope = Scope(("default", "test") if family is DEFAULT_FAMILY else ())
    return Preparer(document, family, scope, secrets or Secrets(document.secret_members), MARKER)


def test_path_holds_scope_kind_and_id():
    """Path parameters that a case does not name come from the scope, the variant and the resource."""
    prepared = preparer().prepare(Case("getIntegration", "redis"), ID)
    assert prepared.path.endswith(f"/default/test/redis/{ID}")
    assert (prepared.created_id, prepared.role) == (ID, "get")


def test_parameters_of_the_case_win():
    """A path parameter that the case names is sent as it is."""
    case = Case("getIntegration", "redis", path_parameters=(("projectKey", "a%20b"),))
    assert "/a%20b/test/redis/" in preparer().prepare(case, ID).path


def test_scope_can_be_replaced():
    """A story names the scope of each step."""
    scope = Scope(("default", "production"))
    assert "/default/production/" in preparer().prepare(Case("getIntegration", "redis"), ID, scope).path


def test_required_header_comes_from_document_or_family():
    """The header that fixes the version is sent in its ordinary value."""
    assert ("LD-API-Version", "beta") in preparer().prepare(Case("listIntegrations")).headers
    assert preparer(NOTES, FAMILY).prepare(Case("listNotes")).headers == (("Notes-Release", "7"),)


@pytest.mark.parametrize(("value", "expected"), [(None, []), ("old", ["old"])])
def test_header_of_the_case_wins(value, expected):
    """A header of the case replaces the ordinary one, and None removes it."""
    case = Case("listIntegrations", headers=(("ld-api-version", value),))
    headers = preparer().prepare(case).headers
    assert [text for name, text in headers if name.lower() == "ld-api-version"] == expected


def test_created_body_is_marked_and_its_secret_is_new():
    """The body of a create shows the run's marker, and its password can be searched for."""
    secrets = Secrets()
    body = DEFAULT_FAMILY.ordinary_body("redis", "x")
    prepared = preparer(secrets=secrets).prepare(Case("createIntegration", "redis", body=body))
    sent = json.loads(prepared.body)
    assert MARKER in sent["name"]
    assert sent["config"]["password"].startswith("sp-canary-")
    assert secrets.canary_count == 1
    assert prepared.creates


def test_story_decides_its_body_itself():
    """The body of a story's step is sent as it is."""
    body = {"name": "mine", "config": {"password": "as it was written"}}
    prepared = preparer().prepare(Case("createIntegration", "redis", "story", body=body))
    assert json.loads(prepared.body) == body


def test_other_method_creates_nothing():
    """A case with another method than its operation's does not count as a create."""
    assert not preparer().prepare(Case("createIntegration", "redis", method="PUT")).creates


def test_put_that_a_provider_may_take_is_marked():
    """On a live target the body of a PUT at a resource has the mark of the run: else it could not be sent."""
    made = Preparer(
        STORES,
        DEFAULT_FAMILY,
        Scope(("default", "test")),
        Secrets(STORES.secret_members),
        MARKER,
        marks_everything=True,
    )
    case = Case("getIntegration", "redis", method="PUT", body={"name": "storepact with the wrong verb"})
    assert made.prepare(case, ID).json == {"name": f"{MARKER} with the wrong verb"}


def test_role_that_the_document_lacks():
    """Notes cannot be updated; the message says how an operation would be recognized."""
    names = ", ".join([*FAMILY.api.scope_parameters, FAMILY.api.id_parameter])
    words = f"no operation to update a note: the parameters of its path have to be called {names}$"
    with pytest.raises(SetupFailed, match=words):
        preparer(NOTES, FAMILY).operation("update")


@pytest.mark.parametrize("identifier", [ID, "7c9e6679-7425-40de-944b-e07fc1f90ae7", "AZ-09_z"])
def test_absent_id_has_the_same_form(identifier):
    """Another id of the same length and kind of characters; of a UUID version and variant stay."""
    other = absent_id(identifier)
    assert other != identifier
    assert [character.isdigit() for character in other] == [character.isdigit() for character in identifier]
    if len(identifier) == 36:
        assert (other[14], other[19]) == (identifier[14], identifier[19])
