"""The choices of this API: where the documents disagree or are silent, by D-number of DECISIONS.md."""

from __future__ import annotations

from typing import Literal

from storepact.mock.choices import choice
from storepact.model.values import lean_value


@lean_value(frozen=True)
class Choices:
    """The values of all choices, with the defaults of the mock."""

    never_synced: Literal["synced", "empty", "zero", "negative", "failing"] = choice(
        "synced", "_status of a store that was never reached", "D16, D1"
    )
    config_in_list: Literal["whole", "abridged", "absent"] = choice(
        "whole", "config of listed integrations", "D2"
    )
    config_in_writes: Literal["whole", "abridged", "absent"] = choice(
        "whole", "config in responses to create and update", "D2"
    )
    unknown_kind: Literal["404", "400"] = choice(
        "404", "status for a kind of store that does not exist", "D4"
    )
    kind_case: Literal["exact", "ignored"] = choice("exact", "whether Redis is redis in a path", "D4")
    config_unknown: Literal["refused", "ignored"] = choice("refused", "unknown members of config", "D10")
    missing_permission: Literal["403", "401"] = choice("403", "status for a token that may not write", "D6")
    bad_body: Literal["400", "422"] = choice("400", "status for a body that breaks a rule", "D6")
    bad_patch: Literal["422", "400"] = choice("422", "status for a patch that cannot be applied", "D6")
    wrong_verb: Literal["405", "405-bare", "404"] = choice(
        "405", "a verb that the path does not have; bare lacks Allow", "D7"
    )
    malformed_key: Literal["404", "400"] = choice("404", "status for a key or id of an impossible form", "D7")
    role_name: Literal["present", "absent"] = choice("present", "role_name in the reasons of _access", "D8")
    access: Literal["present", "absent"] = choice("present", "_access, which is optional", "D22")
    numeric_port: Literal["refused", "stored-as-string"] = choice("refused", "a number for config.port", "D9")
    bounds: Literal["wide", "narrow", "none"] = choice(
        "wide", "bounds on lengths of strings and numbers of tags", "D13"
    )
    contents: Literal["checked", "free"] = choice(
        "checked", "form of port, host, tableName, roleArn, externalId", "D13"
    )
    empty_strings: Literal["refused", "accepted"] = choice(
        "refused", "'' for required members of config", "D13"
    )
    empty_name: Literal["accepted", "refused"] = choice("accepted", "'' or only blanks as name", "D13")
    duplicate_tags: Literal["kept", "refused", "merged", "merged-at-once"] = choice(
        "kept",
        "the same tag twice; merged: at its first place, after the patch or after each operation",
        "D13",
    )
    wide_bodies: Literal["refused", "read"] = choice("refused", "a body in UTF-16 or UTF-32", "D12")
    damaged_bodies: Literal["refused", "repaired"] = choice(
        "refused", "a body with bytes that are not UTF-8; `repaired` has U+FFFD for them", "D12"
    )
    duplicate_keys: Literal["last", "first", "refused"] = choice(
        "last", "which of two equal keys of an object counts", "D13"
    )
    null_members: Literal["refused", "absent"] = choice("refused", "null for optional members", "D23")
    control_characters: Literal["accepted", "refused"] = choice(
        "accepted", "control characters in strings", "D13"
    )
    passwords: Literal["any", "ordinary"] = choice("any", "length and characters of a password", "D13")
    characters: Literal["any", "visible", "plain"] = choice(
        "any", "characters in strings; plain: only A-Za-z0-9._- in tags and usernames", "D13"
    )
    lone_surrogates: Literal["refused", "accepted"] = choice("refused", "lone surrogates in strings", "D13")
    order: Literal["token-first", "version-first", "place-first", "body-first"] = choice(
        "token-first", "which error a request with two errors gets", "D24"
    )
    wrong_media: Literal["415", "400", "406", "read"] = choice("415", "a body of another content type", "D12")
    missing_media: Literal["415", "400", "read"] = choice("415", "a body without a content type", "D12")
    external_id: Literal["optional", "required"] = choice("optional", "config.externalId in a create", "D14")
    head: Literal["refused", "like-get"] = choice("refused", "HEAD", "D7")
    options: Literal["answered", "refused"] = choice("answered", "OPTIONS", "D7")
    empty_patch: Literal["200", "400", "422"] = choice("200", "[] as a patch", "D17")
    idle_patch: Literal["not-counted", "counted"] = choice(
        "not-counted", "version after a patch without effect", "D17"
    )
    failed_test: Literal["409", "400", "422"] = choice("409", "status for a test operation that fails", "D21")
    simultaneous: Literal["in-turn", "refused"] = choice(
        "in-turn",
        "updates and deletes of one integration at the same moment; refused: 409 for all but one",
        "D30",
    )
    defaults: Literal["filled", "absent"] = choice(
        "filled", "optional members of config that were not sent", "D15"
    )
    default_name: Literal["kind", "empty", "numbered"] = choice("kind", "name that was not sent", "D15")
    redaction: Literal["edges", "stars", "fixed", "last-four", "absent"] = choice(
        "edges", "form of a redacted secret", "D15"
    )
    several: Literal["many", "one-per-kind", "one"] = choice("many", "integrations in one environment", "D19")
    removal: Literal["resets", "refused"] = choice("resets", "remove of /name, /on or /tags", "D18")
    fixed_members: Literal["refused", "ignored"] = choice(
        "refused", "version, keys and members that do not exist in a patch that sets or adds them", "D37"
    )
    deep_paths: Literal["edited", "refused"] = choice("edited", "patches of /config/… and /tags/…", "D18")
    set_by_provider: Literal["ignored", "refused"] = choice(
        "ignored", "_id, version and the like in a create", "D18"
    )
    wrapper_members: Literal["ignored", "refused"] = choice(
        "ignored", "members beside comment and patch; a comment that is no string", "D18"
    )
    body_on_reading: Literal["ignored", "refused"] = choice("ignored", "a body on get, list or delete", "D12")
    largest_body: Literal["1MB", "100kB", "16kB"] = choice("1MB", "from which size a body gets 413", "D12")
    nesting: Literal["read", "refused"] = choice("read", "a body nested more than 32 levels deep", "D38")
    extreme_numbers: Literal["read", "refused"] = choice(
        "read", "numbers of more than 17 digits or beyond the range of a double", "D38"
    )
    inherited_names: Literal["read", "refused"] = choice(
        "read", "members __proto__, and constructor with a prototype", "D38"
    )
    beta_case: Literal["exact", "ignored"] = choice("exact", "LD-API-Version: Beta", "D25")
    other_version: Literal["403", "400"] = choice("403", "status for a version that does not exist", "D25")
    limit_headers: Literal["as-limited", "always"] = choice(
        "as-limited", "headers of limits that are not enforced", "D25"
    )
    list_parent: Literal["absent", "present"] = choice("absent", "_links.parent of the list", "D22")
    link_type: Literal["present", "absent"] = choice("present", "type of links", "D22")
    list_order: Literal["oldest-first", "newest-first"] = choice(
        "oldest-first", "order of listed integrations", "D34"
    )
    ids: Literal["hex", "uuid", "short"] = choice("hex", "form of _id", "D11")
    id_case: Literal["exact", "ignored"] = choice("exact", "an id in capitals in a path", "D39")
    error_id: Literal["present", "absent"] = choice("present", "id in errors", "D24")
    location: Literal["present", "relative", "absent"] = choice(
        "present", "Location in the response to a create; relative to the path of the create", "D29"
    )
    tunnels: Literal["offered", "strict", "refused"] = choice(
        "offered",
        "X-HTTP-Method-Override; strict: not on a GET; without it such a POST is a wrong verb",
        "D26",
    )
    compression: Literal["never", "if-asked", "unless-refused"] = choice(
        "never", "gzip; without Accept-Encoding a client accepts any", "D35"
    )
    media_type: Literal["plain", "with-charset", "in-capitals", "with-blanks"] = choice(
        "plain", "how responses write application/json (RFC 9110 8.3.1, 5.6.6)", "D35"
    )
    origin: Literal["echo", "any"] = choice("echo", "Access-Control-Allow-Origin", "D26")
