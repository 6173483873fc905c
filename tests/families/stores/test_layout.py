"""The layout of stores: names, hashes and references as the SDKs have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from storepact.families.persistent_store.stores.layout import (
    LAYOUT,
    DynamoDBNames,
    Part,
    RedisKey,
    RedisNames,
    describe_wrong_hash,
    hash_context_key,
    is_reference,
)

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
    assert describe_wrong_hash(hash_context_key(key)) == ""


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("a" * 64, "hexadecimal"),
        (hash_context_key("user").replace("+", "-"), "URL-safe"),
        (hash_context_key("user").rstrip("=").replace("+", "a"), "padding"),
        ("joe@example.com", "15 characters"),
        ("", "0 characters"),
        (hash_context_key("user") + "=", "not a hash"),
    ],
)
def test_wrong_hash_is_described_without_the_text(text, part):
    described = describe_wrong_hash(text)
    assert part in described
    assert not text or text not in described


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
