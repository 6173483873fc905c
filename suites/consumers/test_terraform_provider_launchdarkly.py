"""What the Terraform provider relies on, said by a model of it (terraform_model.py), after its public source."""

from __future__ import annotations

import pytest
from interactions import ENVIRONMENT, ID, JSON, PROJECT, TOKEN, collection, one, served
from pact import match
from terraform_model import TerraformModel

CONSUMER = "terraform-provider-launchdarkly"
THERE, LIVES = "an environment exists", "a redis integration exists"
PLAN = {
    "name": "storepact pact",
    "on": True,
    "tags": ["storepact"],
    "config": {"host": "storepact.example.com", "port": "6380", "tlsEnabled": True},
}
PATH = (PROJECT, ENVIRONMENT, "redis")


def state(**changes):
    """The eight members that are read back."""
    return {
        "_id": match.type(ID),
        "projectKey": match.type(PROJECT),
        "environmentKey": match.type(ENVIRONMENT),
        "integrationKey": match.regex("redis", regex="^(redis|dynamodb)$"),
        "name": match.type("storepact pact"),
        "on": match.boolean(True),
        "tags": match.type([]),
        "version": match.integer(1),
        **changes,
    }


def answers(asked, status, body=None):
    """What comes back, as JSON if there is a body."""
    asked = asked.will_respond_with(status)
    return (
        asked.with_header("Content-Type", JSON).with_body(body, "application/json")
        if body is not None
        else asked
    )


def reads(relying, pact):
    """The read that follows every write."""
    answers(relying.interaction(pact, "read a redis integration", "GET", one("redis"), LIVES), 200, state())


def test_creates_then_reads(relying):
    """Of the answer to a create only the id counts; all else is read."""
    with relying.pact() as pact:
        asked = relying.interaction(
            pact, "create a redis integration", "POST", collection("redis"), THERE, body=PLAN
        )
        answers(asked, 201, {"_id": match.type(ID)})
        reads(relying, pact)
        with served(pact) as url, TerraformModel(url, TOKEN) as terraform:
            assert terraform.create(*PATH, PLAN)["version"] == 1


def test_patches_what_changed_then_reads(relying):
    """Members that the plan leaves alone are not sent, and the answer to the patch is not looked at."""
    plan = {**PLAN, "on": False, "tags": ["storepact", "moved"]}
    with relying.pact() as pact:
        patch = [
            {"op": "replace", "path": "/on", "value": False},
            {"op": "replace", "path": "/tags", "value": ["storepact", "moved"]},
        ]
        answers(
            relying.interaction(
                pact, "switch off and retag a redis integration", "PATCH", one("redis"), LIVES, body=patch
            ),
            200,
        )
        reads(relying, pact)
        with served(pact) as url, TerraformModel(url, TOKEN) as terraform:
            assert terraform.update(*PATH, ID, PLAN, plan)["tags"] == []


def test_replaces_config_as_a_whole(relying):
    """A changed config is written whole; what is read back has none."""
    plan = {**PLAN, "config": {"host": "moved.example.com", "port": "6380", "tlsEnabled": False}}
    with relying.pact() as pact:
        patch = [{"op": "replace", "path": "/config", "value": plan["config"]}]
        answers(
            relying.interaction(
                pact, "move a redis integration to another host", "PATCH", one("redis"), LIVES, body=patch
            ),
            200,
        )
        reads(relying, pact)
        with served(pact) as url, TerraformModel(url, TOKEN) as terraform:
            assert "config" not in terraform.update(*PATH, ID, PLAN, plan)


def test_deletes(relying):
    """A delete has no answer to be read."""
    with relying.pact() as pact:
        answers(relying.interaction(pact, "delete a redis integration", "DELETE", one("redis"), LIVES), 204)
        with served(pact) as url, TerraformModel(url, TOKEN) as terraform:
            terraform.delete(*PATH, ID)


@pytest.mark.parametrize(
    ("verb", "description"), [("DELETE", "delete what is gone"), ("GET", "read what is gone")]
)
def test_gone_is_gone(relying, verb, description):
    """A 404 means done to a delete, and "create it again" to a read; its body is not looked at."""
    with relying.pact() as pact:
        answers(
            relying.interaction(pact, description, verb, one("redis"), "a redis integration was deleted"), 404
        )
        with served(pact) as url, TerraformModel(url, TOKEN) as terraform:
            assert (terraform.delete if verb == "DELETE" else terraform.read)(*PATH, ID) is None


def test_pact_is_pinned(pinned):
    """The pact that all of this adds up to is the committed one."""
    pinned()
