"""What an exploration generated, and what of it was new."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta

from storepact.record.values.base import Count, Positive, Seconds, Value

#: The kinds of what a case can reach that no case before it did.
NoveltyKind = Literal["row", "keyword", "branch", "shape", "step", "transition"]


class Novelty(Value, frozen=True, kw_only=True):
    """Something that a case was the first to reach."""

    kind: NoveltyKind
    what: Annotated[
        str,
        Meta(
            description="a row; a keyword, kept or broken; a branch of the rules; a member and its type; "
            "of a journey a step with its statuses, or which step follows which"
        ),
    ]


class InterestingCase(Value, frozen=True, kw_only=True, omit_defaults=True):
    """A case that was the first to reach something, and what makes it again."""

    test: Annotated[str, Meta(description="the question or journey, as in `outcomes`")]
    operation: Annotated[str, Meta(description="empty for a journey")] = ""
    round: Count
    seed: Annotated[int, Meta(description="the seed of the round: with the test it makes the case again")]
    id: Annotated[str, Meta(description="the digest of the case or journey, as in a corpus")] = ""
    case: Annotated[str, Meta(description="the case or journey as JSON, as in a corpus, without secrets")] = (
        ""
    )
    new: tuple[Novelty, ...]


class Exploration(Value, frozen=True, kw_only=True, omit_defaults=True):
    """What an exploration generated, and what of it was new."""

    cases: Annotated[Count, Meta(description="different cases and stories that were sent")]
    repeated: Annotated[Count, Meta(description="cases that had been sent before")]
    rounds: Annotated[Count, Meta(description="rounds over all operations that were begun")]
    workers: Positive
    new: Annotated[Mapping[str, int], Meta(description="by kind, how much was reached for the first time")]
    interesting: tuple[InterestingCase, ...]
    digest: Annotated[
        str,
        Meta(description="the digest of the OpenAPI document, as in a corpus; empty before it was recorded"),
    ] = ""
    budget_cases: int | None = None
    budget_s: Seconds | None = None
    lost_chunks: Annotated[
        Count,
        Meta(
            description="parts that were begun, lost with their process and done again; what they had sent "
            "until then is in no total"
        ),
    ] = 0
    lost_requests: Annotated[
        Count | None, Meta(description="so many requests they had sent at most; null where it is not known")
    ] = None
