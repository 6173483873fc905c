"""The rules about what a store holds."""

from __future__ import annotations

import pytest

from context_hashes import hash_context_key
from storepact.families.persistent_store.stores.judge import judge_cursor, judge_synchronized_on
from storepact.families.persistent_store.stores.memberships import MembershipJudge

NOW = 1_795_000_000_000


@pytest.mark.parametrize(
    ("raw", "code", "words"),
    [
        (str(NOW), None, ""),
        (str(NOW - 119_000), None, ""),
        (str(NOW + 30_000), None, ""),
        (None, "SP703", "missing"),
        (str(NOW // 1000), "SP704", "in seconds"),
        (str(NOW * 1000), "SP704", "no time in milliseconds"),
        ("0", "SP704", "no time"),
        ("-1", "SP704", "no time"),
        ("2026-11-27T00:00:00Z", "SP704", "no integer"),
        ("1795000000000.5", "SP704", "no integer"),
        (" 1795000000000", "SP704", "no integer"),
        ("", "SP704", "no integer"),
        (str(NOW - 150_000), "SP705", "after 120 s"),
        (str(NOW - 900_000), "SP705", "Relay Proxy"),
        (str(NOW + 3_600_000), "SP705", "in the future"),
    ],
)
def test_time_of_synchronization(raw, code, words):
    found = list(judge_synchronized_on(raw, "synchronizedOn", NOW))
    assert [code for code, _ in found] == ([] if code is None else [code])
    assert all(words in observation.message for _, observation in found)


@pytest.mark.parametrize(
    ("raw", "contexts", "count"), [("7", 3, 0), (None, 0, 0), (None, 3, 1), ("", 3, 1), (" ", 0, 1)]
)
def test_cursor(raw, contexts, count):
    assert len(list(judge_cursor(raw, "cursor", contexts))) == count


def test_good_memberships_have_no_finding():
    judge = MembershipJudge()
    judge.judge_hash(hash_context_key("a"))
    assert judge.judge_type("x", "a set", "a set")
    judge.judge_references({"beta.g1", "alpha.g22"})
    assert list(judge.observations()) == []
    assert judge.contexts == 1


def test_flaws_of_one_kind_are_one_finding_with_their_number():
    judge = MembershipJudge()
    for number in range(1000):
        judge.judge_hash(f"{number:064x}")
        judge.judge_references([f"plain{number}"])
        judge.judge_type("the included set of a context", "a string", "a set")
    judge.judge_hash("joe")
    judge.add_foreign("p:sessions")
    judge.add_foreign("p:big_segment_included:x", "big_segment_include")
    found = [(code, observation.message) for code, observation in judge.observations()]
    assert [code for code, _ in found] == ["SP706", "SP708", "SP707", "SP707", "SP709", "SP709"]
    messages = " ".join(message for _, message in found)
    assert "1,000 contexts" in messages
    assert "997 more" in messages
    assert "joe" not in messages, "a context key may name a person"
