"""Provider states by name, and what each needs on the target.

Consumers name the same state in different words, so each state has patterns of its other names, which are
compared without articles, case and punctuation. A kind of store that a name mentions is the integration's.
"""

from __future__ import annotations

from storepact.engines.family_rules import ProviderState
from storepact.model.case import Auth

_KIND = "(?:redis|dynamodb)"
_STORE = (
    f"(?:{_KIND} )?(?:(?:persistent|big segment) )?(?:store )?integrations?"
    f"(?: (?:of kind|of type|for) {_KIND})?"
)
_ACCESS = "(?:access )?token"
_LIMIT = "(?:rate )?limits?"

STATES: tuple[ProviderState, ...] = (
    ProviderState(
        "an environment exists", "scope", aliases=("(?:project and )?environment (?:exists?|is there)",)
    ),
    ProviderState(
        "an integration exists",
        "resource",
        aliases=(
            f"{_STORE} (?:exists?|is there|is present|(?:was|has been) (?:created|configured)|is configured)",
            f"there is {_STORE}",
            f"(?:given )?existing {_STORE}",
        ),
    ),
    ProviderState("a redis integration exists", "resource", "redis"),
    ProviderState("a dynamodb integration exists", "resource", "dynamodb"),
    ProviderState(
        "no integration exists",
        "nothing",
        aliases=(
            f"(?:no|none) {_STORE} (?:exists?|is there|is present|was created|is configured)",
            f"there (?:is|are) no {_STORE}",
            f"{_STORE} do(?:es)? not exist",
            "none exists?",
        ),
    ),
    ProviderState(
        "an integration was deleted",
        "deleted",
        aliases=(f"{_STORE} (?:was|is|has been) (?:deleted|removed|gone)",),
    ),
    ProviderState("a redis integration was deleted", "deleted", "redis"),
    ProviderState("a dynamodb integration was deleted", "deleted", "dynamodb"),
    ProviderState(
        "the token may only read",
        auth=Auth.READER,
        aliases=(
            f"{_ACCESS} (?:may|can) only read",
            f"{_ACCESS} (?:may not|can not|cannot) write",
            f"{_ACCESS} is (?:a )?(?:read only|readonly|reader)",
            f"(?:read only|readonly|reader) {_ACCESS}",
            f"{_ACCESS} (?:has no|lacks) (?:write )?permission",
            f"{_ACCESS} has (?:read only|readonly) (?:permissions?|access)",
            "(?:caller|user|client) (?:has no|lacks) permission(?: to write)?",
        ),
    ),
    ProviderState(
        "the token is not known",
        auth=Auth.GARBAGE,
        aliases=(
            f"{_ACCESS} is (?:not known|unknown|invalid|not valid|expired|revoked)",
            f"(?:unknown|invalid|bad) {_ACCESS}",
        ),
    ),
    ProviderState(
        "the token is valid",
        aliases=(f"(?:valid|known) {_ACCESS}", f"{_ACCESS} is (?:valid|known|ok)", f"{_ACCESS} may write"),
    ),
    ProviderState(
        "no token is sent",
        auth=Auth.NONE,
        aliases=(
            f"no {_ACCESS} is (?:sent|given)",
            f"no {_ACCESS}",
            f"{_ACCESS} is missing",
            "unauthenticated",
        ),
    ),
    ProviderState(
        "the limit is exhausted",
        auth=Auth.EXHAUSTED,
        aliases=(
            f"{_LIMIT} (?:is|are|was|has been) (?:exhausted|used up|hit|exceeded|reached)",
            f"{_LIMIT} exceeded",
            "(?:(?:client|token|consumer) is )?rate limited",
            "no calls are left",
            "too many requests(?: (?:were|have been) made)?",
        ),
    ),
    ProviderState(
        "another request is in the way",
        auth=Auth.CONTENDED,
        aliases=(
            "(?:another|concurrent) (?:request|change|update|writer) "
            "(?:is in way|is going on|is in progress|got there first)",
            f"{_STORE} is (?:being )?changed (?:concurrently|by somebody else|at same time)",
            "concurrent (?:request|change|update)s?",
        ),
    ),
    ProviderState(
        "the project of the token is gone",
        auth=Auth.ORPHANED,
        aliases=("project (?:of token )?(?:was|is|has been) (?:deleted|gone|removed)",),
    ),
)
