"""The guard of a live target: whatever is sent, what the run did not create stays as it is."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storepact.engines.guard import Guard, GuardRules, _leads_elsewhere
from storepact.families import DEFAULT_FAMILY
from storepact.families.persistent_store.bodies import mark_body, ordinary_body
from storepact.families.persistent_store.scenarios import identity
from storepact.model.api import Scope
from storepact.model.case import NOTHING, Case, PreparedRequest
from storepact.model.errors import PrerequisiteMissing
from storepact.model.exchange import Exchange, Request, Response
from storepact.model.outcome import Reason
from storepact.model.paths import data_path
from storepact.openapi.load import load_document

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))
BASE = "/api/v2/integration-capabilities/big-segment-store"
COLLECTION = f"{BASE}/default/test/redis"
MARK = "storepact-20261127040000-0a1b2c3d"
OWN, FOREIGN = "5f0000000000000000000001", "5f0000000000000000000002"


class Provider:
    """What lies on the target, by path; `reads` are the paths that the guard has read."""

    def __init__(self) -> None:
        self.resources = {FOREIGN: {**ordinary_body("redis", "theirs"), "_id": FOREIGN}}
        self.reads: list[str] = []

    def read(self, path: str) -> Exchange:
        self.reads.append(path)
        if path == BASE:
            return exchange(
                "GET", path, 200, {"items": [self.resource_as_listed(key) for key in self.resources]}
            )
        resource = self.resources.get(path.rpartition("/")[2])
        return exchange("GET", path, 200 if resource else 404, resource or {"code": "not_found"})

    def resource_as_listed(self, identifier):
        place = {"projectKey": "default", "environmentKey": "test", "integrationKey": "redis"}
        return {**self.resources[identifier], **place}


def exchange(method, path, status, body):
    response = Response(status, (), b"" if body is None else json.dumps(body).encode())
    return Exchange(Request(method, path, ()), response)


def request(method, path, body=NOTHING):
    content = None if body is NOTHING else json.dumps(body).encode()
    return PreparedRequest(Case("x"), method, path, (), content, body)


@pytest.fixture
def provider():
    return Provider()


@pytest.fixture
def guard(provider):
    rules = GuardRules((Scope(("default", "test")),), MARK)
    return Guard(rules, DEFAULT_FAMILY, DOCUMENT, provider.read)


@pytest.fixture
def owner(guard, provider):
    """The guard of a run that has created a resource."""
    body = ordinary_body("redis", MARK)
    create = request("POST", COLLECTION, body)
    guard.check(create)
    provider.resources[OWN] = {**body, "_id": OWN}
    guard.observe(create, exchange("POST", COLLECTION, 201, provider.resources[OWN]))
    return guard


def permits(guard, *how):
    """Whether a request may be sent."""
    try:
        guard.check(request(*how))
    except PrerequisiteMissing:
        return False
    return True


def refusal(guard, *how):
    with pytest.raises(PrerequisiteMissing) as caught:
        guard.check(request(*how))
    return caught.value.reason


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "PUT", "POST"])
def test_foreign_resource_is_left_alone(owner, method):
    """Whatever the verb, a resource without the run's mark is not written to."""
    assert refusal(owner, method, f"{COLLECTION}/{FOREIGN}", []) is Reason.NOT_OWNED


def test_own_resource_is_not_read_first(owner, provider):
    """What this run created, by a response that shows its mark, may be changed and deleted at once."""
    owner.check(request("PATCH", f"{COLLECTION}/{OWN}", [{"op": "replace", "path": "/on", "value": False}]))
    owner.check(request("DELETE", f"{COLLECTION}/{OWN}"))
    assert provider.reads == []


def test_id_of_a_foreign_resource_in_a_response(guard, provider):
    """A create whose response names a resource without the mark does not own that resource."""
    create = request("POST", COLLECTION, ordinary_body("redis", MARK))
    guard.observe(create, exchange("POST", COLLECTION, 201, {"_id": FOREIGN}))
    assert refusal(guard, "DELETE", f"{COLLECTION}/{FOREIGN}") is Reason.NOT_OWNED
    assert provider.reads


def test_absent_resource_may_be_written_to(guard, provider):
    """Where a read shows that there is nothing, a write can change nothing; it is read once."""
    for _ in range(2):
        guard.check(request("DELETE", f"{COLLECTION}/5f0000000000000000000099"))
    assert len(provider.reads) == 1


@pytest.mark.parametrize("status", [0, 401, 403, 429, 500, 503])
def test_resource_that_cannot_be_read(guard, provider, status):
    """What is not known is left alone."""
    guard._read = lambda path: exchange("GET", path, status, None)
    assert refusal(guard, "DELETE", f"{COLLECTION}/{FOREIGN}") is Reason.NOT_OWNED


@pytest.mark.parametrize(
    "path",
    [
        f"{COLLECTION}/..",
        f"{COLLECTION}/.",
        f"{COLLECTION}/%2e%2e",
        f"{COLLECTION}/%252e%252E",
        f"{COLLECTION}/..%2f..%2fprojects%2fdefault",
        f"{COLLECTION}/%5c..",
        "/api/v2/projects/default",
        "/",
    ],
)
def test_path_that_leads_elsewhere(owner, path):
    """Paths with dots or separators in a segment, and paths of other APIs, are not written to."""
    assert refusal(owner, "DELETE", path) is Reason.OUTSIDE_SCOPE


@pytest.mark.parametrize("scope", ["default/development", "other/test", "0/test", "default/production"])
def test_other_scopes(guard, scope):
    """Only the scopes that the run was given are written to."""
    body = ordinary_body("redis", MARK)
    assert refusal(guard, "POST", f"{BASE}/{scope}/redis", body) is Reason.OUTSIDE_SCOPE


def test_scope_that_nobody_has(guard):
    """A scope with a name of storepact's own may be tried: the documents promise a refusal."""
    body = ordinary_body("redis", MARK)
    assert permits(guard, "POST", f"{BASE}/storepact-no-such-project/test/redis", body)


@pytest.mark.parametrize(
    "body",
    [NOTHING, None, 5, [], {}, {"name": ""}, {"config": {"password": MARK}}, ordinary_body("redis", "x")],
)
def test_create_without_the_mark(guard, body):
    """What could not be recognised later is not created; a password is not shown, so it does not count."""
    assert refusal(guard, "POST", COLLECTION, body) is Reason.NO_ROOM_FOR_MARK


@pytest.mark.parametrize("value", [True, "true", 1])
def test_enabling(guard, value):
    """Nothing is switched on without permission, at the create or later."""
    body = {**ordinary_body("redis", MARK), "on": value}
    assert refusal(guard, "POST", COLLECTION, body) is Reason.ENABLE_NOT_ALLOWED
    guard._rules = replace(guard._rules, allow_enable=True)
    guard.check(request("POST", COLLECTION, body))


@pytest.mark.parametrize(
    "change",
    [
        [{"op": "replace", "path": "/on", "value": True}],
        {"patch": [{"op": "add", "path": "/on", "value": "true"}]},
        [{"op": "copy", "from": "/config/tlsEnabled", "path": "/on"}],
        [{"op": "replace", "path": "", "value": {"on": True}}],
        {"on": True},
    ],
)
def test_enabling_by_a_patch(owner, change):
    """A patch that would switch the resource on is not sent, however it says so."""
    assert refusal(owner, "PATCH", f"{COLLECTION}/{OWN}", change) is Reason.ENABLE_NOT_ALLOWED


_UNMARK = [
    {"op": "replace", "path": "/name", "value": "x"},
    {"op": "remove", "path": "/tags/0"},
    {"op": "replace", "path": "/config/host", "value": "x"},
]


def test_last_mark_is_kept(owner):
    """Marks may be replaced as long as one remains; with the last one the resource would be nobody's."""
    path = f"{COLLECTION}/{OWN}"
    for operation in _UNMARK[:2]:
        patch = request("PATCH", path, [operation])
        owner.check(patch)
        owner.observe(patch, exchange("PATCH", path, 200, {}))
    assert refusal(owner, "PATCH", path, _UNMARK[2:]) is Reason.NO_ROOM_FOR_MARK
    marked = [{"op": "replace", "path": "/config/host", "value": f"{MARK}.example.com"}]
    owner.check(request("PATCH", path, marked))


def test_refused_patch_takes_no_mark(owner):
    """A patch that was refused has changed nothing."""
    path = f"{COLLECTION}/{OWN}"
    for operation in _UNMARK:
        assert permits(owner, "PATCH", path, [operation])
        owner.observe(request("PATCH", path, [operation]), exchange("PATCH", path, 400, {}))


@pytest.mark.parametrize(
    "change",
    [
        _UNMARK,
        [{"op": "replace", "path": "", "value": {}}],
        [
            {"op": "remove", "path": "/name"},
            {"op": "remove", "path": "/tags"},
            {"op": "remove", "path": "/config"},
        ],
        [{"op": "move", "from": "/config", "path": "/name"}, {"op": "add", "path": "/tags", "value": []}],
        {"name": "x", "tags": [], "config": {}},
    ],
)
def test_patch_that_takes_every_mark(owner, change):
    """A JSON Patch or a merge patch after which no mark is left is not sent."""
    assert refusal(owner, "PATCH", f"{COLLECTION}/{OWN}", change) is Reason.NO_ROOM_FOR_MARK


@pytest.mark.parametrize("verb", ["move", "copy"])
def test_probe_without_from_is_sent(owner, verb):
    """A move or copy that names no source, to a place that holds no mark, takes none away."""
    assert permits(owner, "PATCH", f"{COLLECTION}/{OWN}", [{"op": verb, "path": "/tags/-"}])


def test_empty_tokens_of_a_pointer_do_not_count(owner):
    """A provider may take `/name/` for `/name`: what would take every mark then is not sent."""
    change = [{**operation, "path": f"{operation['path']}/"} for operation in _UNMARK]
    assert refusal(owner, "PATCH", f"{COLLECTION}/{OWN}", change) is Reason.NO_ROOM_FOR_MARK


@pytest.mark.parametrize("form", ["#{}", " {}", "{} ", "/{}"])
def test_pointer_as_a_lenient_provider_reads_it(owner, form):
    """A provider may take other texts for a pointer: what would take every mark then is not sent."""
    change = [{**operation, "path": form.format(operation["path"])} for operation in _UNMARK]
    assert refusal(owner, "PATCH", f"{COLLECTION}/{OWN}", change) is Reason.NO_ROOM_FOR_MARK
    capitals = [{**operation, "path": operation["path"].upper()} for operation in _UNMARK]
    assert refusal(owner, "PATCH", f"{COLLECTION}/{OWN}", capitals) is Reason.NO_ROOM_FOR_MARK


def test_path_without_a_slash_is_no_whole_value(owner):
    """The path `name` may be taken for `/name`, and takes no other mark."""
    assert permits(owner, "PATCH", f"{COLLECTION}/{OWN}", [{"op": "replace", "path": "name", "value": "x"}])


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH"])
@pytest.mark.parametrize("path", [COLLECTION, BASE])
def test_collection_with_foreign_resources(owner, provider, method, path):
    """A write to a collection is sent where it holds nothing foreign."""
    del provider.resources[FOREIGN]
    owner.check(request(method, path))
    provider.resources[FOREIGN] = {**ordinary_body("redis", "theirs"), "_id": FOREIGN}
    assert refusal(owner, method, path) is Reason.NOT_OWNED


def test_list_with_foreign_resources_is_read_once(owner, provider):
    """A list of thousands is not read again for each write that is refused because of it."""
    for path in (COLLECTION, COLLECTION, BASE, BASE):
        assert refusal(owner, "DELETE", path) is Reason.NOT_OWNED
    assert provider.reads.count(BASE) == 2


_TEXT = st.text(max_size=12) | st.sampled_from(["x", MARK, f"{MARK} x", "", "true"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | _TEXT,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["name", "tags", "on", "config", "host", "patch"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)
_POINTER = st.sampled_from(
    ["", "/name", "/tags", "/tags/0", "/tags/-", "/config", "/config/host", "/on", "/_id", "name", "/~1"]
)
_PATCH = st.lists(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test"]), "path": _POINTER},
        optional={"value": _JSON, "from": _POINTER},
    ),
    max_size=5,
)
_SEGMENT = st.sampled_from(
    ["default", "test", "redis", OWN, FOREIGN, "..", ".", "%2e%2e", "production", "storepact-x", ""]
) | st.text(alphabet="ab0%2e/.", max_size=4)
_PATH = (
    st.builds(lambda segments: "/".join((BASE, *segments)), st.lists(_SEGMENT, max_size=5))
    | st.just(f"{COLLECTION}/{FOREIGN}")
    | st.just(f"{COLLECTION}/{OWN}")
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["POST", "PATCH", "PUT", "DELETE", "TRACE"]), _PATH, _PATCH | _JSON),
        max_size=6,
    )
)
def test_foreign_resources_survive_any_requests(requests):
    """Of any writes none that is let through concerns a foreign resource, or creates an unmarked one."""
    provider = Provider()
    guard = Guard(GuardRules((Scope(("default", "test")),), MARK), DEFAULT_FAMILY, DOCUMENT, provider.read)
    create = request("POST", COLLECTION, ordinary_body("redis", MARK))
    provider.resources[OWN] = {**ordinary_body("redis", MARK), "_id": OWN}
    guard.observe(create, exchange("POST", COLLECTION, 201, provider.resources[OWN]))
    for method, path, body in requests:
        prepared = request(method, path, body)
        try:
            guard.check(prepared)
        except PrerequisiteMissing:
            continue
        # a foreign id in place of a project, an environment or a kind names no resource
        assert FOREIGN not in path.removeprefix(BASE).split("/")[4:]
        assert path.startswith(f"{BASE}/default/test/") or "/storepact-x" in path
        if method == "POST" and path.count("/") == COLLECTION.count("/"):
            assert MARK in json.dumps(body)
        guard.observe(prepared, exchange(method, path, 200, {"_id": FOREIGN}))


@pytest.mark.parametrize("kind", ["redis", "dynamodb"])
def test_ordinary_body_is_marked_in_three_places(kind):
    """The name, a tag, and the host or table carry the mark."""
    assert json.dumps(mark_body(ordinary_body(kind, "storepact"), MARK)).count(MARK) == 3


def test_what_a_scenario_appends_to_a_key_is_sent():
    """Delimiters of queries lead nowhere else: the rest of the scenario is not lost on live targets."""
    assert not _leads_elsewhere(f"default{identity._SPECIAL}")
    assert _leads_elsewhere("default%252Fx")
