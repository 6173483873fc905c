"""Scenarios of config: passwords, replacement as a whole, what was read written back."""

from __future__ import annotations

from storepact.engines.story import Story
from storepact.families.persistent_store.scenarios.steps import (
    change,
    check_list,
    config_as_read,
    create,
    patch,
    read,
)
from storepact.transport.encodings import SecretShape


def rotate_password(story: Story) -> None:
    """A new password is taken, and neither the old nor the new one is ever shown."""
    integration = create(story, config={"password": story.new_secret(SecretShape.LETTERS)})
    config = config_as_read(read(story, integration))
    patch(
        story,
        integration,
        change("/config", {**config, "password": story.new_secret(SecretShape.DIGITS)}),
        does="rotate the password of {resource}",
    )
    read(story, integration)
    patch(
        story,
        integration,
        change("/config/password", story.new_secret()),
        does="rotate it again, by /config/password of {resource}",
    )
    read(story, integration)
    check_list(story)
    patch(story, integration, change("/name", "after the rotation"))
    read(story, integration)


def replace_config(story: Story) -> None:
    """A config that is replaced is replaced whole: what the new one lacks is gone."""
    integration = create(story, config={"port": "6380", "username": "writer", "tlsEnabled": True})
    read(story, integration)
    check_list(story)  # what a list has shown once may be kept
    patch(
        story,
        integration,
        change("/config", {"host": "moved.example.com", "port": "6390"}),
        does="move {resource}, without username",
    )
    read(story, integration)
    patch(
        story,
        integration,
        change("/config", {"host": "moved.example.com", "username": "third", "tlsEnabled": True}, "add"),
    )
    read(story, integration)
    check_list(story)


def write_back_redacted_config(story: Story) -> None:
    """A config that is read and written back leaves the secret as it was, in part and whole."""
    integration = create(story, config={"port": "6380"})
    config = config_as_read(read(story, integration))
    patch(
        story,
        integration,
        change("/config", config),
        does="write the config of {resource} back as it was read",
    )
    read(story, integration)
    patch(
        story,
        integration,
        change("/config", {**config, "port": "6381"}),
        does="write it back with another port for {resource}",
    )
    config = config_as_read(read(story, integration))
    patch(story, integration, change("/name", "renamed in between"))
    read(story, integration)
    patch(
        story,
        integration,
        change("/config", {**config, "tlsEnabled": False}),
        does="write it back to {resource} without TLS",
    )
    read(story, integration)
    patch(story, integration, change("/tags", ["tagged"]), change("/on", True))
    read(story, integration)
    check_list(story)
