"""An example of each check: a fault of the mock, the finding that it leads to, and the decisions behind it.

The findings were copied from runs with these faults; `tests/run/test_witnesses.py` proves that no other check
detects one of them.
"""

from __future__ import annotations

from storepact.checks.explanations import CheckExample

_LIST, _CREATE, _GET = "listIntegrations", "createIntegration", "getIntegration"
_UPDATE, _DELETE = "updateIntegration", "deleteIntegration"


def _example(fault: str, operation: str, message: str, *decisions: str) -> CheckExample:
    return CheckExample(fault, operation, message, decisions)


#: By the code of the check.
EXAMPLES = {
    "SP101": _example("cut-off-body-500", _CREATE, "the provider failed with 500", "D12", "D38"),
    "SP102": _example(
        "create-202-for-dynamodb", _CREATE, "202 is not described for this operation", "D6", "D7", "D24"
    ),
    "SP103": _example("dynamodb-as-text", _GET, "the content type is text/plain", "D35"),
    "SP104": _example(
        "last-sync-as-string",
        _CREATE,
        "/_status/lastSync: '1795766006667' is not of type 'integer'",
        "D1",
        "D2",
        "D9",
        "D23",
    ),
    "SP105": _example("maintainer-added", _CREATE, "body: '_maintainer' is not described", "D20"),
    "SP106": _example("error-without-body", _LIST, "the body is missing", "D24", "D35"),
    "SP107": _example("reset-in-seconds", _LIST, "the header X-Ratelimit-Reset is malformed", "D25"),
    "SP108": _example("allow-wrong", _LIST, "the header Allow contradicts the document", "D7"),
    "SP109": _example(
        "error-code-wrong", _LIST, "the code 'rate_limited' does not belong to 404", "D6", "D21", "D40"
    ),
    "SP110": _example("error-with-trace", _CREATE, "the error shows a stack trace", "D24"),
    "SP111": _example("silent-429", _LIST, "the 429 does not say which limit was hit, nor until when", "D25"),
    "SP112": _example("remaining-grows", _LIST, "52 calls are left of 50", "D25"),
    "SP113": _example(
        "origin-fixed",
        _LIST,
        "Access-Control-Allow-Origin of the list is neither the origin of the request nor *",
        "D26",
    ),
    "SP201": _example(
        "wrapper-refused",
        _UPDATE,
        "a valid request was refused with 400 ('a patch is an array of operations')",
        "D13",
        "D18",
        "D31",
    ),
    "SP202": _example(
        "host-not-required", _CREATE, "answered 201, though /config: 'host' is missing", "D5", "D18", "D23"
    ),
    "SP203": _example(
        "no-token-lists", _LIST, "answered 200, though the access token is one that nobody issued", "D6"
    ),
    "SP204": _example(
        "reader-tunnels", _DELETE, "answered 204, though the access token may only read", "D26"
    ),
    "SP205": _example(
        "any-version-updates",
        _UPDATE,
        "answered 200, though LD-API-Version is 20240415 instead of beta",
        "D25",
    ),
    "SP206": _example("put-accepted", _LIST, "answered 204, though this path has no PUT", "D7"),
    "SP207": _example(
        "unknown-project-400",
        _CREATE,
        "refused with 400 ('no such project'), though there is no such project",
        "D6",
        "D7",
        "D24",
    ),
    "SP301": _example(
        "password-in-status",
        _GET,
        "the password that was sent came back at /_status/errors/*/message",
        "D15",
        "D28",
    ),
    "SP302": _example(
        "environments-mixed", _GET, "answered 200, though it exists in default/test, not here", "D27"
    ),
    "SP303": _example(
        "access-too-generous",
        _GET,
        "_access allows the reader token to deleteIntegration, which is refused",
        "D22",
    ),
    "SP401": _example(
        "",
        _GET,
        "launchdarkly-api-python: get a redis integration: body $.version: Expected '1' (String) to be an "
        "integer",
    ),
    "SP402": _example(
        "",
        _GET,
        "launchdarkly-api-python: get a redis integration: relies on the member /maintainer, which is not "
        "described",
    ),
    "SP501": _example(
        "", _CREATE, "the example does not fit: /config/port: 6379 is not of type 'string'", "D3"
    ),
    "SP601": _example(
        "names-composed",
        _CREATE,
        '/name is "caf\\u00e9 and caf\\u00e9", not "caf\\u00e9 and cafe\\u0301"',
        "D13",
        "D27",
    ),
    "SP602": _example(
        "append-not-read",
        _GET,
        '/tags is ["Delta", "beta", "Alpha"], not ["Delta", "beta", "Alpha", "aa"]: an earlier response '
        "showed it",
        "D27",
    ),
    "SP603": _example(
        "list-of-ten",
        _LIST,
        "the list lacks a redis integration that exists in default/test",
        "D27",
        "D34",
    ),
    "SP604": _example("patch-resurrects", _UPDATE, "answered 200, though it was deleted before", "D27"),
    "SP605": _example(
        "partial-patch",
        _GET,
        '/name is "half done", not "ordinary": what was refused in between has left a trace (also /version)',
        "D27",
    ),
    "SP606": _example("version-begins-at-two", _CREATE, "/version is 2, not 1", "D17", "D27"),
    "SP607": _example(
        "update-names-production", _UPDATE, '/environmentKey is "production", not "test"', "D11", "D27"
    ),
    "SP608": _example(
        "self-link-broken", _GET, "the self link of the get does not lead to the integration", "D22", "D29"
    ),
    "SP609": _example(
        "tests-compare-text",
        _UPDATE,
        "answered 200, though the test does not hold: /version has another value",
        "D21",
    ),
    "SP610": _example(
        "write-back-destroys",
        _GET,
        "/config/password: now it is empty or absent: the password of this redis integration was not written "
        "in between",
        "D15",
        "D28",
    ),
    "SP611": _example(
        "rename-touches-sibling",
        _GET,
        '/name is "no twin any more", not "twin": nothing has written it here; another integration '
        "was written since it was last right",
        "D19",
        "D27",
    ),
    "SP612": _example(
        "version-race",
        _UPDATE,
        "the responses 200, 200, 200, 200 contradict each other: in no order can all of them be right",
        "D30",
    ),
    "SP613": _example("on-by-default", _CREATE, "/on is true, not false", "D15", "D27"),
    "SP701": _example(
        "",
        "store",
        "the eviction policy is allkeys-lru: when memory is full, memberships disappear and contexts "
        "silently leave their segments; set maxmemory-policy to noeviction",
    ),
    "SP702": _example(
        "",
        "store",
        "the user may not send SET, SADD below launchdarkly: the writer needs them; add them to its ACL",
    ),
    "SP703": _example(
        "heartbeat-missing",
        "store",
        "launchdarkly:big_segments_synchronized_on is missing: SDKs call the store unavailable; "
        "switch the integration on and wait for its first synchronization, or check the prefix",
    ),
    "SP704": _example(
        "heartbeat-in-seconds",
        "store",
        "launchdarkly:big_segments_synchronized_on is in seconds: SDKs take the store for stale since"
        " 1970; write milliseconds",
    ),
    "SP705": _example(
        "heartbeat-stale",
        "store",
        "launchdarkly:big_segments_synchronized_on is 900 s old: SDKs call the store stale after 120 "
        "s and the Relay Proxy after 300 s; check that the integration is on and its _status",
    ),
    "SP706": _example(
        "membership-as-string",
        "store",
        "the included set of a context is a string, not a set: SDKs read memberships as sets; delete "
        "what is no set, and let the writer synchronize again",
    ),
    "SP707": _example(
        "context-unhashed",
        "store",
        "12 contexts are stored under a SHA-256 in hexadecimal digits, not in base64: no SDK finds "
        "them; store them under base64 of the SHA-256 of the context key",
    ),
    "SP708": _example(
        "reference-without-generation",
        "store",
        "'beta-users': no reference of a segment; write the segment's key, a dot, g and its generation",
    ),
    "SP709": _example(
        "included-under-wrong-name",
        "store",
        "launchdarkly:big_segment_included:x: no SDK reads this name, which resembles "
        "big_segment_include; write that name",
    ),
    "SP710": _example(
        "exclude-wins",
        "store",
        "the SDK reads wrong memberships of 1 of 8 contexts, such as not in beta.g2 in place of in beta.g2 "
        "for 'both'; write each reference to the set that it was given for",
    ),
    "SP711": _example(
        "cursor-ahead",
        "store",
        "the version in the store is 'c0ffee01.1003', and the last change has 'c0ffee01.3': a writer that "
        "goes on from it leaves out or repeats changes; set it in the transaction of the patch",
    ),
    "SP712": _example(
        "patch-without-lock",
        "store",
        "a patch was written without watching launchdarkly:big_segments_lock: two writers can undo each "
        "other; WATCH the lock before MULTI, and SET it in the transaction",
    ),
    "SP713": _example(
        "patch-in-pieces",
        "store",
        "SADD of a membership was sent outside of a transaction: a reader, or a writer that dies, sees half "
        "of a patch; write the whole patch and its version in one transaction",
    ),
    "SP714": _example("available-while-down", "store", "the store has stopped, and _status does not say so"),
    "SP715": _example(
        "writes-when-off",
        "store",
        "SET arrived at the store after the integration was switched off; end writing before the response, "
        "and leave what is in the store",
    ),
}
