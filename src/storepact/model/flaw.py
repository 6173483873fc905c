"""What is wrong with a response, and what it is about: values of closed sets that code may compare."""

from __future__ import annotations

from enum import StrEnum

from storepact.model.values import lean_value

#: Rules about where a request is aimed: a wrong path, or one of a resource that is not there.
PATH_RULES = frozenset({"project", "environment", "kind", "id", "path", "scope", "gone"})


class FlawKind(StrEnum):
    """In which way a response is wrong; sentences are made from it, never read back."""

    # a member, a header or a body of one response
    MISSING = "missing"
    """It is not there."""
    UNDESCRIBED = "undescribed"
    """It is there, and the document does not describe it."""
    TYPE = "type"
    """It has another JSON type, or its elements have."""
    ENUM = "enum"
    """It is not in the list of allowed values."""
    PATTERN = "pattern"
    """It does not match the pattern or the format."""
    MINIMUM = "minimum"
    """It is too small, or too short."""
    MAXIMUM = "maximum"
    """It is too large, or too long."""
    EXCLUDED = "excluded"
    """It fits a schema that it must not fit."""
    VALUE = "value"
    """It is another value than the one described, written or relied on."""
    MEDIA = "media"
    """The content type, or the kind of body, is another one."""
    EXTRA = "extra"
    """It is there where it must not be."""
    CONTRADICTION = "contradiction"
    """Two parts of one response, or two responses, cannot both be right."""
    EXPOSED = "exposed"
    """It shows what must stay hidden: a secret, or internals of the provider."""

    # the status of one response
    CRASH = "crash"
    """The server failed."""
    CUT_OFF = "cut_off"
    """The connection was cut without a response."""
    STATUS = "status"
    """The status is another one than those described or expected."""
    REFUSED = "refused"
    """A valid request was refused."""
    ACCEPTED = "accepted"
    """A request that must be refused was accepted."""
    ACCEPTED_INCOMPLETE = "accepted_incomplete"
    """The same, where a required member is missing."""
    ACCEPTED_OTHER_KIND = "accepted_other_kind"
    """The same, where the resource is of another kind than the path names."""
    ACCEPTED_INAPPLICABLE = "accepted_inapplicable"
    """The same, where a patch cannot be applied to what is there."""
    ACCEPTED_FAILED_TEST = "accepted_failed_test"
    """The same, where a `test` of a patch does not hold."""

    # a response compared with earlier ones
    STALE = "stale"
    """A resource is shown as it was earlier, or as something else left it."""
    OUTDATED = "outdated"
    """The same, and its version is an earlier one, too."""
    GONE = "gone"
    """A resource that exists is not found any more."""
    UNREADABLE = "unreadable"
    """The same, right after its create."""
    LISTED = "listed"
    """The list holds a resource that does not exist."""
    NOT_LISTED = "not_listed"
    """The list lacks a resource that exists."""
    DUPLICATE = "duplicate"
    """The list holds a resource twice, or an id was assigned twice."""
    DEFAULT = "default"
    """A member that was not written has another value than its default."""
    VERSION = "version"
    """The version is another one than the updates amount to."""
    IDENTITY = "identity"
    """An id, key or kind is another one than the resource's own."""
    REDACTION = "redaction"
    """A secret is redacted in another way than before, though it was not written."""
    LOST = "lost"
    """A write that was accepted left no trace."""

    # the documents themselves
    DOCUMENT = "document"
    """The OpenAPI document is not sound, or contradicts a pact."""


class SubjectKind(StrEnum):
    """What findings of one cause have in common."""

    MEMBER = "member"
    """The form of one member of responses."""
    HEADER = "header"
    """The form of one header."""
    MEDIA = "media"
    """The content type or body of one operation's successes, or of all errors."""
    LEAK = "leak"
    """A secret that is shown at one place."""
    LIMITS = "limits"
    """The headers that count what a rate limit leaves."""
    FAILURE = "failure"
    """A status of 5xx, over one kind of wrong request."""
    STATUS = "status"
    """A status that one operation does not describe."""
    REFUSED = "refused"
    """The status with which valid requests are refused."""
    REFUSAL = "refusal"
    """The status with which a kind of wrong request is refused."""
    ACCEPTED = "accepted"
    """A kind of wrong request that is accepted."""
    LISTING = "listing"
    """What the list shows, or lacks."""
    STALE = "stale"
    """One operation's responses show an old state as a whole."""
    KEPT = "kept"
    """The value of one member, compared with what was written."""
    ORDER = "order"
    """Responses of one operation to simultaneous requests."""
    PACT_STATUS = "pact_status"
    """The status that pacts rely on, and the one that came."""
    CHECK = "check"
    """What a single check is about."""


@lean_value(frozen=True)
class Subject:
    """What a finding is about, wherever it shows. Findings with equal subjects have one cause.

    `code` is that of the check where the kind is CHECK; `member` is a JSON pointer within the resource, or a
    header's name; `rule` is the documented rule that the request breaks, or what the member means to every
    resource (list, version, identity); `status` is the one of the response.
    """

    kind: SubjectKind = SubjectKind.CHECK
    code: str = ""
    operation: str = ""
    member: str = ""
    rule: str = ""
    status: str = ""
    expected_status: str = ""
