"""Provider states by name, and what each needs on the target.

Consumers everywhere say the same things in other words, so a state is known by every wording it may have: without articles,
case and punctuation. The kind of store that a wording names is the one that is meant.
"""

from __future__ import annotations

from storepact.engines.family import State
from storepact.model.case import Auth

_KIND = "(?:redis|dynamodb)"
_STORE = f"(?:{_KIND} )?(?:(?:persistent|big segment) )?(?:store )?integrations?(?: (?:of kind|of type|for) {_KIND})?"
_TOKEN = "(?:access )?token"  # noqa: S105
_LIMIT = "(?:rate )?limits?"

STATES: tuple[State, ...] = (
    State("an environment exists", "environment", words=("(?:project and )?environment (?:exists?|is there)",)),
    State(
        "an integration exists",
        "integration",
        words=(
            f"{_STORE} (?:exists?|is there|is present|(?:was|has been) (?:created|configured)|is configured)",
            f"there is {_STORE}",
            f"(?:given )?existing {_STORE}",
        ),
    ),
    State("a redis integration exists", "integration", "redis"),
    State("a dynamodb integration exists", "integration", "dynamodb"),
    State(
        "no integration exists",
        "nothing",
        words=(
            f"(?:no|none) {_STORE} (?:exists?|is there|is present|was created|is configured)",
            f"there (?:is|are) no {_STORE}",
            f"{_STORE} do(?:es)? not exist",
            "none exists?",
        ),
    ),
    State("an integration was deleted", "deleted", words=(f"{_STORE} (?:was|is|has been) (?:deleted|removed|gone)",)),
    State("a redis integration was deleted", "deleted", "redis"),
    State("a dynamodb integration was deleted", "deleted", "dynamodb"),
    State(
        "the token may only read",
        auth=Auth.READER,
        words=(
            f"{_TOKEN} (?:may|can) only read",
            f"{_TOKEN} (?:may not|can not|cannot) write",
            f"{_TOKEN} is (?:a )?(?:read only|readonly|reader)",
            f"(?:read only|readonly|reader) {_TOKEN}",
            f"{_TOKEN} (?:has no|lacks) (?:write )?permission",
            f"{_TOKEN} has (?:read only|readonly) (?:permissions?|access)",
            "(?:caller|user|client) (?:has no|lacks) permission(?: to write)?",
        ),
    ),
    State(
        "the token is not known",
        auth=Auth.GARBAGE,
        words=(
            f"{_TOKEN} is (?:not known|unknown|invalid|not valid|expired|revoked)",
            f"(?:unknown|invalid|bad) {_TOKEN}",
        ),
    ),
    State("the token is valid", words=(f"(?:valid|known) {_TOKEN}", f"{_TOKEN} is (?:valid|known|ok)", f"{_TOKEN} may write")),
    State(
        "no token is sent",
        auth=Auth.NONE,
        words=(f"no {_TOKEN} is (?:sent|given)", f"no {_TOKEN}", f"{_TOKEN} is missing", "unauthenticated"),
    ),
    State(
        "the limit is exhausted",
        auth=Auth.EXHAUSTED,
        words=(
            f"{_LIMIT} (?:is|are|was|has been) (?:exhausted|used up|hit|exceeded|reached)",
            f"{_LIMIT} exceeded",
            "(?:(?:client|token|consumer) is )?rate limited",
            "no calls are left",
            "too many requests(?: (?:were|have been) made)?",
        ),
    ),
    State(
        "another request is in the way",
        auth=Auth.CONTENDED,
        words=(
            "(?:another|concurrent) (?:request|change|update|writer) (?:is in way|is going on|is in progress|got there first)",
            f"{_STORE} is (?:being )?changed (?:concurrently|by somebody else|at same time)",
            "concurrent (?:request|change|update)s?",
        ),
    ),
    State(
        "the project of the token is gone",
        auth=Auth.ORPHANED,
        words=("project (?:of token )?(?:was|is|has been) (?:deleted|gone|removed)",),
    ),
)
