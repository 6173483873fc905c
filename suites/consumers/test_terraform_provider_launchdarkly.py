"""What the Terraform provider relies on; a model of its source makes the requests (terraform_model.py)."""

from __future__ import annotations

import pytest
from interactions import ENVIRONMENT, ID, JSON, PROJECT, TOKEN, collection_path, resource_path, serve_pact
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


def respond(interaction, status, body=None):
    """Give an interaction its response, as JSON if there is a body."""
    interaction = interaction.will_respond_with(status)
    return (
        interaction.with_header("Content-Type", JSON).with_body(body, "application/json")
        if body is not None
        else interaction
    )


def add_read(consumer, pact):
    """The read that follows every write."""
    respond(
        consumer.interaction(pact, "read a redis integration", "GET", resource_path("redis"), LIVES),
        200,
        state(),
    )


def test_creates_then_reads(consumer):
    """It uses only the id of a create's response, and reads the rest."""
    with consumer.pact() as pact:
        interaction = consumer.interaction(
            pact, "create a redis integration", "POST", collection_path("redis"), THERE, body=PLAN
        )
        respond(interaction, 201, {"_id": match.type(ID)})
        add_read(consumer, pact)
        with serve_pact(pact) as url, TerraformModel(url, TOKEN) as terraform:
            assert terraform.create(*PATH, PLAN)["version"] == 1


def test_patches_what_changed_then_reads(consumer):
    """Members that the plan leaves alone are not sent, and the response to the patch is not used."""
    plan = {**PLAN, "on": False, "tags": ["storepact", "moved"]}
    with consumer.pact() as pact:
        patch = [
            {"op": "replace", "path": "/on", "value": False},
            {"op": "replace", "path": "/tags", "value": ["storepact", "moved"]},
        ]
        respond(
            consumer.interaction(
                pact,
                "switch off and retag a redis integration",
                "PATCH",
                resource_path("redis"),
                LIVES,
                body=patch,
            ),
            200,
        )
        add_read(consumer, pact)
        with serve_pact(pact) as url, TerraformModel(url, TOKEN) as terraform:
            assert terraform.update(*PATH, ID, PLAN, plan)["tags"] == []


def test_replaces_config_as_a_whole(consumer):
    """A changed config is written whole; what is read back has none."""
    plan = {**PLAN, "config": {"host": "moved.example.com", "port": "6380", "tlsEnabled": False}}
    with consumer.pact() as pact:
        patch = [{"op": "replace", "path": "/config", "value": plan["config"]}]
        respond(
            consumer.interaction(
                pact,
                "move a redis integration to another host",
                "PATCH",
                resource_path("redis"),
                LIVES,
                body=patch,
            ),
            200,
        )
        add_read(consumer, pact)
        with serve_pact(pact) as url, TerraformModel(url, TOKEN) as terraform:
            assert "config" not in terraform.update(*PATH, ID, PLAN, plan)


def test_deletes(consumer):
    """It reads nothing from the response to a delete."""
    with consumer.pact() as pact:
        respond(
            consumer.interaction(pact, "delete a redis integration", "DELETE", resource_path("redis"), LIVES),
            204,
        )
        with serve_pact(pact) as url, TerraformModel(url, TOKEN) as terraform:
            terraform.delete(*PATH, ID)


@pytest.mark.parametrize(
    ("verb", "description"), [("DELETE", "delete what is gone"), ("GET", "read what is gone")]
)
def test_gone_is_gone(consumer, verb, description):
    """A 404 means done to a delete, and "create it again" to a read; its body is not used."""
    with consumer.pact() as pact:
        respond(
            consumer.interaction(
                pact, description, verb, resource_path("redis"), "a redis integration was deleted"
            ),
            404,
        )
        with serve_pact(pact) as url, TerraformModel(url, TOKEN) as terraform:
            assert (terraform.delete if verb == "DELETE" else terraform.read)(*PATH, ID) is None


def test_pact_is_pinned(compare_pact):
    """The pact that all of this adds up to is the committed one."""
    compare_pact()
