"""The oracle on literal responses: each check fails when it must, and passes where there is a choice."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from storepact.engines.oracle import Action
from storepact.families.persistent_store.oracle import ORACLE
from storepact.families.persistent_store.oracle.contrast import narrow, short_texts
from storepact.families.persistent_store.oracle.json_patch import (
    Document,
    FailedTest,
    Inapplicable,
    Unpredictable,
    apply_patch,
    equal,
)
from storepact.model.api import Scope
from storepact.model.exchange import Exchange, Request, Response
from storepact.model.expectation import Expectation, Promise
from storepact.model.form import Redacted

HERE, THERE = Scope(("default", "test")), Scope(("default", "production"))
FAILED_TEST = {400, 409, 422}
ACCEPTED = Expectation.of([], frozenset({200, 201, 204}))
CONFIG = {"host": "redis.example.com", "port": "6380", "password": "sp-canary-0123456789abcdef"}
HOST_ONLY = {"host": "redis.example.com"}
WITHOUT_TLS = {**HOST_ONLY, "tlsEnabled": False}
BODY = {"name": "Orders", "on": True, "tags": ["b", "a"], "config": CONFIG}


def resource(identifier="a1", **changes):
    """An integration as a provider shows it, its password masked."""
    config = {"host": "redis.example.com", "port": "6380", "password": "********"}
    return {
        "_id": identifier, "projectKey": "default", "environmentKey": "test", "integrationKey": "redis",
        "name": "Orders", "on": True, "tags": ["b", "a"], "version": 1, "config": config, **changes,
    }  # fmt: skip


def create(identifier="a1", body=None, answer=None, scope=HERE, mark="m", **changes):
    where = dict(zip(("projectKey", "environmentKey"), scope.keys, strict=True))
    item = resource(identifier, **where, **changes) if answer is None else answer
    return Action("create", scope, "redis", None, BODY if body is None else body, 1, mark), 201, item, {}


def get(identifier="a1", *, form="f", scope=HERE, **changes):
    return (
        Action("get", scope, "redis", identifier),
        200,
        resource(identifier, **changes),
        {"/config/password": form},
    )


def patch(identifier="a1", *operations, status=200, scope=HERE, number=2, **changes):
    return (
        Action("update", scope, "redis", identifier, list(operations), number),
        status,
        resource(identifier, **changes),
        {},
    )


def delete(identifier="a1", status=204):
    return Action("delete", HERE, "redis", identifier), status, None, {}


def listing(*items, **links):
    return Action("list", HERE), 200, {"_links": links, "items": list(items)}, {}


def rename(name="renamed"):
    return {"op": "replace", "path": "/name", "value": name}


def patch_name(identifier="a1", **how):
    return patch(identifier, rename(), **{"name": "renamed", "version": 2, **how})


def replace_tags(*tags):
    return {"op": "replace", "path": "/tags", "value": list(tags)}


def add_tag(tag, path="/tags/-", **changes):
    return patch("a1", {"op": "add", "path": path, "value": tag}, **changes)


def tests_for(path, value):
    return {"op": "test", "path": path, "value": value}


tests_for.__test__ = False


def play(*steps, world=None):
    """Play steps one after the other: the checks that fail at the last one, and its expectation."""
    world = world or ORACLE.begin()
    divergences, promised = (), None
    for action, status, body, forms in steps:
        assert divergences == (), "only the last step may diverge"
        prediction = ORACLE.predict(world, action, ACCEPTED, frozenset({200, 201, 204}))
        raw = b"" if body is None else json.dumps(body).encode()
        exchange = Exchange(Request("GET", "/", ()), Response(status, (), raw), (), tuple(forms.items()))
        world, divergences = ORACLE.judge(world, action, prediction, exchange)
        promised = prediction.expectation
    return {divergence.rule for divergence in divergences}, promised


PLAIN = {"name": "Redis", "on": False, "tags": [], "config": HOST_ONLY}


def bare(identifier, **changes):
    """A create of what is required, and a response with defaults."""
    return create(identifier, body={"config": HOST_ONLY}, **{**PLAIN, **changes})


def second(identifier="b2"):
    """Another create, with a password of its own."""
    return (replace(create(identifier)[0], number=7), *create(identifier)[1:])


GONE = (Action("get", HERE, "redis", "a1"), 404, {"code": "not_found", "message": "no"}, {})


def test_unreadable_after_create():
    """A 404 that follows the create is not blamed on what was created elsewhere; after a get it is."""
    assert play(create(), GONE)[0] == {"read_shows_last_write"}
    elsewhere = create("b2", scope=THERE)
    assert play(create(), elsewhere, GONE)[0] == {"read_shows_last_write"}
    assert play(create(), get(), elsewhere, GONE)[0] == {"scopes_are_apart"}


TWICE = {**BODY, "tags": ["a", "b", "a"]}
RULES = [
    ("write_is_kept_as_given", [create(body=TWICE, tags=["b", "a"])]),
    ("write_is_kept_as_given", [create(body=TWICE, tags=["a", "b", "b"])]),
    ("read_shows_last_write", [create(body=TWICE, tags=["a", "b", "a"]), get(tags=["a", "b"])]),
    ("read_shows_last_write", [create(body=TWICE, tags=["a", "b"]), get(tags=["a", "b", "a"])]),
    ("version_counts_updates", [create(), add_tag("b", version=3)]),
    ("version_counts_updates", [create(), add_tag("b", tags=["b", "a", "b"], version=1)]),
    ("version_counts_updates", [create(), add_tag("a", "/tags/0", tags=["a", "b"], version=1)]),
    ("write_is_kept_as_given", [create(), add_tag("b", tags=["a", "b"], version=2)]),
    (
        "write_is_kept_as_given",
        [
            create(body=TWICE, tags=["a", "b", "a"]),
            patch("a1", rename(), name="renamed", version=2, tags=["a", "b"]),
        ],
    ),
    ("write_is_kept_as_given", [create(name="orders")]),
    ("write_is_kept_as_given", [create(tags=["a", "b"])]),
    ("write_is_kept_as_given", [create(config=HOST_ONLY), get(config=HOST_ONLY)]),
    ("read_shows_last_write", [create(), get(config=HOST_ONLY)]),
    (
        "write_is_kept_as_given",
        [create(body={**BODY, "config": WITHOUT_TLS}, config=HOST_ONLY), get(config=HOST_ONLY, form="")],
    ),
    (
        "read_shows_last_write",
        [create(body={**BODY, "config": WITHOUT_TLS}, config=WITHOUT_TLS), get(config=HOST_ONLY, form="")],
    ),
    ("write_is_kept_as_given", [create(), patch("a1", rename(), name="renamed", on=False, version=2)]),
    (
        "defaults_hold",
        [create(body={"config": HOST_ONLY}, tags=[], on=True, config=HOST_ONLY)],
    ),
    (
        "defaults_hold",
        [create(body={**BODY, "config": HOST_ONLY}, config={"host": "redis.example.com", "port": "1"})],
    ),
    ("defaults_hold", [create(mark="Orders"), bare("b2", name="Orders")]),
    ("defaults_hold", [create(mark="Orders"), delete(), bare("b2", name="Orders")]),
    (
        "defaults_hold",
        [create(), get(), second(), get("b2", form="g"), bare("c3"), get("c3", form="g", **PLAIN)],
    ),
    ("version_counts_updates", [create(version=2)]),
    ("version_counts_updates", [create(), patch("a1", rename(), name="renamed", version=1)]),
    ("version_counts_updates", [create(), patch("a1", rename(), name="renamed", version=3)]),
    ("identity_is_its_own", [create(), create()]),
    ("identity_is_its_own", [create(), delete(), create()]),
    ("identity_is_its_own", [create(answer=resource(environmentKey="production"))]),
    ("read_shows_last_write", [create(), get(), patch_name(), get()]),
    ("list_shows_what_lives", [create(), listing()]),
    ("links_lead_there", [create(), listing(resource(), self={"href": "/api/v2/projects/default"})]),
    ("list_shows_what_lives", [create(), listing(resource(), resource())]),
    ("list_shows_what_lives", [create(), delete(), listing(resource())]),
    ("list_shows_what_lives", [create(), patch_name(), listing(resource(version=2))]),
    ("list_shows_what_lives", [create(mark="redis.example"), listing(resource(), resource("zz"))]),
    ("refused_changes_nothing", [create(), get(), patch("a1", rename(), status=409), get(name="renamed")]),
    ("refused_changes_nothing", [(*create(mark="redis.example")[:1], 400, {}, {}), listing(resource("zz"))]),
    (
        "secret_survives",
        [create(), get(), patch_name(), get(name="renamed", version=2, form="")],
    ),
    ("secret_survives", [create(), get(), get(form="g")]),
    (
        "siblings_stay_untouched",
        [create(), get(), create("b2"), patch_name("b2"), get(name="renamed")],
    ),
    (
        "scopes_are_apart",
        [create(), get(), patch("a1", rename(), status=404, scope=THERE), get(name="renamed")],
    ),
    ("scopes_are_apart", [create(), get(), create("b2", scope=THERE), get(name="else")]),
]


@pytest.mark.parametrize(("rule", "steps"), RULES)
def test_check_fails(rule, steps):
    """Earlier steps make the last response wrong, by this check only."""
    assert play(*steps)[0] == {rule}


BARE = {"config": HOST_ONLY}
THREE_OPERATIONS = (
    replace_tags("x", "x"),
    {"op": "add", "path": "/tags/-", "value": "y"},
    {"op": "remove", "path": "/tags/1"},
)
CHOICES = {
    "config in a list may be absent": [
        create(),
        listing({name: value for name, value in resource().items() if name != "config"}),
    ],
    "config in a written answer may be abridged": [create(config=HOST_ONLY), get()],
    "defaults may be filled in": [
        create(
            body=BARE,
            name="Redis",
            on=False,
            tags=[],
            config={"host": "redis.example.com", "port": "6379", "tlsEnabled": False},
        )
    ],
    "a default that only an update sets may be left out": [
        bare("a1"),
        patch("a1", {"op": "replace", "path": "/config", "value": WITHOUT_TLS}, **PLAIN),
        get(form="", **PLAIN),
    ],
    "defaults may be absent": [create(body=BARE, name="", on=False, tags=[], config=HOST_ONLY)],
    "an idle patch may count": [create(), patch("a1", rename("Orders"), version=2)],
    "an idle patch may not count": [create(), patch("a1", rename("Orders"), version=1)],
    "a default name may be that which somebody chose": [create(), bare("b2", name="Orders")],
    "all secrets and none may be shown alike": [
        create(),
        get(),
        second(),
        get("b2"),
        bare("c3"),
        get("c3", form="f", **PLAIN),
    ],
    "equal tags may be kept": [create(body=TWICE, tags=["a", "b", "a"]), get(tags=["a", "b", "a"])],
    "equal tags may be merged": [create(body=TWICE, tags=["a", "b"]), get(tags=["a", "b"])],
    "an equal tag may be appended": [create(), add_tag("b", tags=["b", "a", "b"], version=2)],
    "an equal tag may be merged without effect": [create(), add_tag("b", version=1)],
    "an equal tag that is merged may count": [create(), add_tag("b", version=2)],
    "an equal tag that is merged may change places": [
        create(),
        add_tag("a", "/tags/0", tags=["a", "b"], version=2),
        get(tags=["a", "b"], version=2),
    ],
    "equal tags may be merged after each operation": [
        create(),
        patch("a1", *THREE_OPERATIONS, tags=["x"], version=2),
    ],
    "equal tags may be merged after all operations": [
        create(),
        patch("a1", *THREE_OPERATIONS, tags=["x", "y"], version=2),
    ],
    "a place that merging takes away may be refused": [
        create(),
        patch("a1", replace_tags("x", "x"), {"op": "remove", "path": "/tags/1"}, status=422),
        get(),
    ],
    "a removed member may fall back": [
        create(),
        patch("a1", {"op": "remove", "path": "/on"}, on=False, version=2),
    ],
    "a removal may be refused": [create(), patch("a1", {"op": "remove", "path": "/on"}, status=422), get()],
    "a numeric port is text": [create(body={**BODY, "config": {**CONFIG, "port": 6380}})],
    "unknown members are dropped": [
        create(body={**BODY, "config": {**CONFIG, "color": "red"}, "size": 3}),
        get(),
    ],
    "null is absent": [create(body={**BODY, "name": None}, name="Redis")],
    "a tag that is null is absent": [create(body={**BODY, "tags": [None, "a"]}, tags=["a"])],
    "null in a patch is absent": [
        create(),
        patch(
            "a1",
            {"op": "replace", "path": "/on", "value": None},
            {"op": "replace", "path": "/tags", "value": ["x", None]},
            on=False,
            tags=["x"],
            version=2,
        ),
    ],
    "a password may be left out": [
        create(),
        get(config={"host": "redis.example.com", "port": "6380"}, form=""),
    ],
    "a redacted password written back changes nothing": [
        create(),
        get(),
        patch(
            "a1",
            {"op": "replace", "path": "/config", "value": {**CONFIG, "password": Redacted("f")}},
            version=1,
        ),
        get(),
    ],
    "a new password may look otherwise": [
        create(),
        get(),
        patch(
            "a1",
            {"op": "replace", "path": "/config/password", "value": "sp-canary-fedcba9876543210"},
            version=2,
        ),
        get(form="g", version=2),
    ],
}


@pytest.mark.parametrize("steps", CHOICES.values(), ids=CHOICES)
def test_choice_is_allowed(steps):
    """A documented choice is no divergence."""
    assert play(*steps)[0] == set()


PROMISES = [
    ("get of what was deleted", [create(), delete(), get()], Promise.REFUSE, {404}),
    (
        "stale version",
        [create(), patch("a1", tests_for("/version", 7), status=409)],
        Promise.REFUSE,
        FAILED_TEST,
    ),
    (
        "version as text",
        [create(), patch("a1", tests_for("/version", "1"), status=409)],
        Promise.REFUSE,
        FAILED_TEST,
    ),
    (
        "true is not 1",
        [create(), patch("a1", tests_for("/on", 1), status=409)],
        Promise.REFUSE,
        FAILED_TEST,
    ),
    ("right version", [create(), patch("a1", tests_for("/version", 1))], Promise.ACCEPT, {200, 201, 204}),
    (
        "right version, as a decimal",
        [create(), patch("a1", tests_for("/version", 1.0))],
        Promise.ACCEPT,
        {200, 201, 204},
    ),
    (
        "wrong version, as a decimal",
        [create(), patch("a1", tests_for("/version", 1.5), status=409)],
        Promise.REFUSE,
        FAILED_TEST,
    ),
    (
        "true is not version 1",
        [create(), patch("a1", tests_for("/version", True), status=409)],
        Promise.REFUSE,
        FAILED_TEST,
    ),
    ("test of a name that fits", [create(), patch("a1", tests_for("/name", "Orders"))], Promise.SILENT, None),
    ("an environment that may be hidden", [create(), get(scope=THERE)], Promise.REFUSE, {400, 401, 403, 404}),
    (
        "another one that is used",
        [create(), create("b2", scope=THERE), get(scope=THERE)],
        Promise.REFUSE,
        {400, 404},
    ),
    (
        "a tag that is not there",
        [create(), patch("a1", {"op": "remove", "path": "/tags/9"}, status=400)],
        Promise.REFUSE,
        None,
    ),
    ("a second one in the same place", [create(), create("b2")], Promise.SILENT, None),
    ("a first one", [create()], Promise.ACCEPT, {200, 201, 204}),
]


@pytest.mark.parametrize(("name", "steps", "promise", "statuses"), PROMISES, ids=[row[0] for row in PROMISES])
def test_promise(name, steps, promise, statuses):
    """Earlier steps decide what is promised."""
    action, status, body, forms = steps[-1]
    _, expected = play(*steps[:-1], (action, status if promise is not Promise.REFUSE else 404, body, forms))
    assert expected.promise is promise
    assert statuses is None or set(expected.statuses) == statuses


DOCUMENT = {"name": "n", "tags": ["a", "b", "c"], "on": True, "config": {"host": "h"}, "version": 3}


@pytest.mark.parametrize(
    ("operations", "changed"),
    [
        ([{"op": "add", "path": "/tags/1", "value": "x"}], {"tags": ["a", "x", "b", "c"]}),
        ([{"op": "add", "path": "/tags/-", "value": "x"}], {"tags": ["a", "b", "c", "x"]}),
        ([{"op": "replace", "path": "/tags/1", "value": "x"}], {"tags": ["a", "x", "c"]}),
        ([{"op": "remove", "path": "/tags/0"}], {"tags": ["b", "c"]}),
        ([{"op": "move", "from": "/tags/2", "path": "/tags/0"}], {"tags": ["c", "a", "b"]}),
        ([{"op": "copy", "from": "/name", "path": "/tags/-"}], {"tags": ["a", "b", "c", "n"]}),
        ([{"op": "add", "path": "/config/port", "value": "1"}], {"config": {"host": "h", "port": "1"}}),
        ([{"op": "replace", "path": "/name", "value": "x"}, tests_for("/name", "x")], {"name": "x"}),
    ],
)
def test_patch_is_applied_as_the_rfc_says(operations, changed):
    """RFC 6902, operation by operation; the original document is unchanged."""
    before = json.dumps(DOCUMENT)
    assert apply_patch(Document(DOCUMENT), operations) == {**DOCUMENT, **changed}
    assert json.dumps(DOCUMENT) == before


def test_patch_leaves_its_own_values_alone():
    """What a later operation appends is not in the value that an earlier one set, which others share."""
    operations = [
        {"op": "replace", "path": "/tags", "value": ["a"]},
        {"op": "add", "path": "/tags/-", "value": "b"},
    ]
    assert apply_patch(Document(DOCUMENT), operations)["tags"] == ["a", "b"]
    assert operations[0]["value"] == ["a"]


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        ({"op": "remove", "path": "/tags/3"}, Inapplicable),
        ({"op": "add", "path": "/tags/5", "value": "x"}, Inapplicable),
        ({"op": "add", "path": "/tags/01", "value": "x"}, Inapplicable),
        ({"op": "replace", "path": "/nowhere/deep", "value": "x"}, Inapplicable),
        ({"op": "copy", "from": "/tags/7", "path": "/tags/-"}, Inapplicable),
        (tests_for("/tags", ["a", "c", "b"]), FailedTest),
        (tests_for("/version", "3"), FailedTest),
    ],
)
def test_patch_that_cannot_be_applied(operation, error):
    """What RFC 6902 wants refused."""
    with pytest.raises(error):
        apply_patch(Document(DOCUMENT), [operation])


CONFIG_TESTS = {
    "lacks all": ([tests_for("/config", {})], FailedTest),
    "lacks one": ([tests_for("/config", {"host": "redis.example.com"})], FailedTest),
    "has another": ([tests_for("/config", {"host": "redis.example.com", "port": "1"})], FailedTest),
    "is no object": ([tests_for("/config", "redis.example.com")], FailedTest),
    "may have defaults": (
        [tests_for("/config", {"host": "redis.example.com", "port": "6380", "tlsEnabled": False})],
        Unpredictable,
    ),
    "may be redacted": ([tests_for("/config", {"host": "redis.example.com", "port": "6380"})], Unpredictable),
    "set by this patch": (
        [{"op": "replace", "path": "/config", "value": HOST_ONLY}, tests_for("/config", {})],
        Unpredictable,
    ),
}


@pytest.mark.parametrize("verb", ["test", "add", "replace", "remove"])
@pytest.mark.parametrize("index", ["9", "9" * 30, "9" * 5_000, "\u00b2", "-1", "01"])
def test_index_of_no_element(verb, index):
    """However long it is."""
    operation = {"op": verb, "path": f"/tags/{index}", "value": "a"}
    with pytest.raises(Inapplicable):
        apply_patch(Document({"tags": ["a"]}, object()), [operation])


OBJECT_TESTS = {
    "lacks the own link": ([tests_for("/_links", {"parent": {"href": "/x"}})], FailedTest),
    "has links that are text": ([tests_for("/_links", "self")], FailedTest),
    "has another own link": ([tests_for("/_links/self/href", "/api/v2/b2")], FailedTest),
    "has a status that is text": ([tests_for("/_status", "available")], FailedTest),
    "has a status that is unknown": ([tests_for("/_status", {})], Unpredictable),
    "is no integration": ([tests_for("", {"_id": "a1"})], FailedTest),
}


@pytest.mark.parametrize("name", OBJECT_TESTS)
def test_objects_that_are_not_known_are_compared_with_what_they_have(name):
    """A test of links, status or all fails for certain where the value lacks what each of them has."""
    operations, error = OBJECT_TESTS[name]
    unknown = object()
    members = {"_id": "a1", "_links": unknown, "_status": unknown, "config": {}, "version": 1}
    with pytest.raises(error) as raised:
        apply_patch(Document(members, unknown), operations)
    assert raised.type is error


@pytest.mark.parametrize("name", CONFIG_TESTS)
def test_config_is_compared_as_a_whole(name):
    """A test of /config fails for certain only where a text that was stored is missing, or another."""
    operations, error = CONFIG_TESTS[name]
    members = {"config": {"host": "redis.example.com", "port": "6380", "password": object()}}
    with pytest.raises(error) as raised:
        apply_patch(Document(members), operations)
    assert raised.type is error


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (2, 2.0, True),
        ([1, {"a": [2]}], [1.0, {"a": [2.0]}], True),
        ({"a": 10}, {"a": 1e1}, True),
        (2, 2.5, False),
        (1, True, False),
        ([0.0], [False], False),
        ({"a": [1]}, {"a": ["1"]}, False),
        ("2", "2.0", False),
        (9_007_199_254_740_993, 9_007_199_254_740_992.0, False),
        (None, 0, False),
        ([], {}, False),
        ({"a": 1}, {"a": 1, "b": 1}, False),
    ],
)
def test_equality_is_that_of_the_rfc(left, right, expected):
    """RFC 6902 4.6: numbers are equal by their value, however they are written and however deep they are."""
    assert (equal(left, right), equal(right, left)) == (expected, expected)


def after_simultaneous(*pairs, world=None):
    """The worlds that explain simultaneous requests: pairs of an action and its status."""
    if world is None:
        action, status, body, _ = create()
        prediction = ORACLE.predict(ORACLE.begin(), action, ACCEPTED, frozenset({201}))
        creation = Exchange(Request("POST", "/", ()), Response(status, (), json.dumps(body).encode()))
        world, _ = ORACLE.judge(ORACLE.begin(), action, prediction, creation)
    actions = [action for action, _ in pairs]
    predictions = [ORACLE.predict(world, action, ACCEPTED, frozenset({200})) for action in actions]
    answers = [Exchange(Request("PATCH", "/", ()), Response(status, (), b"{}")) for _, status in pairs]
    return ORACLE.concurrent(world, actions, predictions, answers)


def simultaneous(*operations, number):
    """A patch that is sent beside others."""
    return replace(patch("a1", *operations)[0], number=number)


def outcomes(worlds):
    return {(after.existing["a1"].name, after.existing["a1"].version) for after in worlds}


def test_simultaneous_patch_without_effect_may_count_or_not():
    """Beside a conflict, a patch that sets what is there already is explained, counted or not (D17, D30)."""
    idle, other = simultaneous(rename("Orders"), number=1), simultaneous(rename("x"), number=2)
    assert outcomes(after_simultaneous((idle, 200), (other, 409))) == {("Orders", 1), ("Orders", 2)}


def test_simultaneous_patches_of_one_value_count_once_or_twice():
    """The second of two equal patches has no effect, in either order."""
    first, second = (simultaneous(rename("x"), number=number) for number in (1, 2))
    assert outcomes(after_simultaneous((first, 200), (second, 200))) == {("x", 2), ("x", 3)}


def test_simultaneous_patch_whose_result_is_unknown_is_explained():
    """What such a patch leads to cannot be predicted: any order explains it."""
    copied = simultaneous({"op": "copy", "from": "/config/username", "path": "/name"}, number=1)
    assert after_simultaneous((copied, 200), (simultaneous(rename("x"), number=2), 409))


def test_simultaneous_patches_test_one_version():
    """No order explains two successes that tested for version 1; one explains a success and a conflict."""
    world = ORACLE.begin()
    action, status, body, _ = create()
    prediction = ORACLE.predict(world, action, ACCEPTED, frozenset({201}))
    creation = Exchange(Request("POST", "/", ()), Response(status, (), json.dumps(body).encode()))
    world, _ = ORACLE.judge(world, action, prediction, creation)
    test = tests_for("/version", 1)
    actions = [replace(patch("a1", test, rename(f"by {who}"))[0], number=who) for who in (1, 2)]
    predictions = [ORACLE.predict(world, action, ACCEPTED, frozenset({200})) for action in actions]

    def worlds(*statuses):
        answers = [Exchange(Request("PATCH", "/", ()), Response(status, (), b"{}")) for status in statuses]
        return ORACLE.concurrent(world, actions, predictions, answers)

    assert worlds(200, 200) == []
    assert [after.existing["a1"].name for after in worlds(200, 409)] == ["by 1"]
    assert [after.existing["a1"].version for after in worlds(409, 409)] == [1]


@pytest.mark.parametrize(
    ("actual", "expected", "sentence"),
    [
        (["a", "b", "o"], ["a", "b", "O"], '/x/2 is "o", not "O"'),
        ({"a": {"b": 1}, "c": 2}, {"a": {"b": 3}, "c": 2}, "/x/a/b is 1, not 3"),
        ({"a/b": 1}, {"a/b": True}, None),
        (["b", "a"], ["a", "b"], '/x is ["b", "a"], not ["a", "b"]'),
        (["a"], ["a", "b"], '/x is ["a"], not ["a", "b"]'),
        ({"a": 1}, {"b": 1}, '/x is {"a": 1}, not {"b": 1}'),
        (
            "x" * 200 + "a",
            "x" * 200 + "b",
            f'/x is …{"x" * 30}a" (203 characters), not …{"x" * 30}b" (203 characters)',
        ),
        ("x" * 200, "x" * 199, f'/x is …{"x" * 30}x" (202 characters), not …{"x" * 30}" (201 characters)'),
        ("a" + "x" * 200, "x", f'/x is "a{"x" * 78}… (203 characters), not "x"'),
    ],
)
def test_sentence_names_the_place_of_a_difference(actual, expected, sentence):
    """However long the values are, it shows where they differ; both whole where more than one place does."""
    place, shown, right = narrow(actual, expected)
    texts = short_texts(shown, right)
    assert f"/x{place} is {texts[0]}, not {texts[1]}" == (sentence or "/x/a~1b is 1, not true")
