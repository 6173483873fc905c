"""The layout of stores: names, hashes and references as the SDKs have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from context_hashes import hash_context_key
from storepact.families.persistent_store.stores.layout import (
    LAYOUT,
    DynamoDBNames,
    HashFlaw,
    Part,
    RedisKey,
    RedisNames,
    hash_flaw,
    is_reference,
)
from storepact.families.persistent_store.stores.memberships import MembershipJudge

PAGE = Path(__file__).parents[3] / "docs" / "store.md"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("user", "BPiZbadjt6lpsQKO4wB1aerzpjVIbdqyEdUSyFud+Ps="),
        ("", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
        ("zoë ☃", "h1kt1qGHidNMwkcOS7+lNvdfji25TpTwfYLZhA9r+gE="),
    ],
)
def test_hash_is_base64_of_sha256_of_utf8(key, expected):
    assert hash_context_key(key) == expected
    assert hash_flaw(hash_context_key(key)) is None


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("a" * 64, HashFlaw.HEXADECIMAL),
        (hash_context_key("user").replace("+", "-"), HashFlaw.URL_SAFE),
        (hash_context_key("user").rstrip("=").replace("+", "-"), HashFlaw.URL_SAFE),
        (hash_context_key("user").rstrip("=").replace("+", "a"), HashFlaw.UNPADDED),
        (hash_context_key("user").rstrip("="), HashFlaw.UNPADDED),
        ("joe@example.com", HashFlaw.NO_HASH),
        ("", HashFlaw.NO_HASH),
        (hash_context_key("user") + "=", HashFlaw.NO_HASH),
    ],
)
def test_wrong_hash_has_a_flaw(text, flaw):
    assert hash_flaw(text) is flaw


def test_wrong_hashes_are_described_without_their_texts():
    """A context key in the clear may name a person: the finding has its length only."""
    judge = MembershipJudge()
    for text in ("joe@example.com", "a" * 64):
        judge.judge_hash(text)
    (_, clear), (_, hexadecimal) = judge.observations()
    assert clear.locus == "context hash, not a hash"
    assert "stored under 15 characters" in clear.message
    assert clear.actual == "not a hash: 15 characters, such as a context key in the clear"
    assert "joe" not in str(clear)
    assert hexadecimal.actual == HashFlaw.HEXADECIMAL


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("beta.g1", True),
        ("a.b.g12", True),
        ("beta", False),
        ("beta.g", False),
        (".g1", False),
        ("a b.g1", False),
        ("beta.g01", False),
        ("\\xff.g1", False),
    ],
)
def test_reference_is_key_and_generation(text, good):
    assert is_reference(text) is good


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("p:big_segments_synchronized_on", RedisKey(Part.SYNCHRONIZED_ON)),
        ("p:big_segments_cursor", RedisKey(Part.CURSOR)),
        ("p:big_segments_lock", RedisKey(Part.LOCK)),
        ("p:big_segment_include:h", RedisKey(Part.INCLUDED, "h")),
        ("p:big_segment_exclude:h:i", RedisKey(Part.EXCLUDED, "h:i")),
        ("p:big_segment_included:h", RedisKey(Part.FOREIGN, similar="big_segment_include")),
        ("p:big_segments_synchronised_on", RedisKey(Part.FOREIGN, similar="big_segments_synchronized_on")),
        ("p:sessions:1", RedisKey(Part.FOREIGN)),
    ],
)
def test_redis_keys_are_read_by_name(key, expected):
    assert RedisNames("p").parse(key) == expected


def test_redis_names_and_their_parts_agree():
    names = RedisNames("a:b")
    assert names.parse(names.synchronized_on).part is Part.SYNCHRONIZED_ON
    assert names.parse(names.cursor).part is Part.CURSOR
    assert names.parse(names.lock).part is Part.LOCK
    assert names.parse(names.include_key("x")) == RedisKey(Part.INCLUDED, "x")
    assert names.parse(names.exclude_key("x")) == RedisKey(Part.EXCLUDED, "x")


@pytest.mark.parametrize(
    ("prefix", "namespace", "similar"),
    [
        ("", "big_segments_metadata", ""),
        ("", "big_segment_user", "big_segments_user"),
        ("p", "p:big_segments_meta_data", "p:big_segments_metadata"),
        ("", "orders", ""),
    ],
)
def test_similar_namespaces(prefix, namespace, similar):
    assert DynamoDBNames(prefix).similar(namespace) == similar


def test_page_has_the_layout():
    text = PAGE.read_text(encoding="utf-8")
    for element in LAYOUT:
        dynamodb = (
            f"{element.dynamodb} ({element.dynamodb_type})" if element.dynamodb_type else element.dynamodb
        )
        assert f"| `{element.redis}` | {element.redis_type} | {dynamodb} | {element.value} |" in text
