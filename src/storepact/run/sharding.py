"""A shard of a run: which tests of the plan it has, and what its record says of the plan."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from storepact.model.errors import UsageError
from storepact.pacts import Contract
from storepact.run.plan import Plan, Shard
from storepact.run.settings import Settings

#: The most shards of a plan: more than any plan has tests.
MOST_SHARDS = 10_000

#: The options that decide what is tested and how it is judged; seed, target and profile are in the record.
OPTIONS = (
    *("family", "provider", "provider_version", "project", "environment", "isolation_scope"),
    *("allow_writes", "allow_enable", "suite", "operation", "check", "exclude_check", "examples", "settle"),
    "corpus_dir",
)

_FORM = re.compile(r"(\d{1,6})/(\d{1,6})", re.ASCII)


def parse_shard(text: str) -> Shard:
    """Return the shard that `--shard` names, such as 3/8.

    Raises:
        UsageError: it is not K/N with K from 1 to N.

    """
    match = _FORM.fullmatch(text.strip())
    number, count = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= number <= count <= MOST_SHARDS:
        raise UsageError(
            f"--shard {text!r}: write K/N, such as 3/8 for the third of eight parts, K from 1 to N, N at "
            f"most {MOST_SHARDS:,}"
        )
    return Shard(number, count)


def shard_of(settings: Settings) -> Shard | None:
    """Return the shard of the settings; None for a whole run.

    Raises:
        UsageError: as `parse_shard`.

    """
    return None if settings.shard is None else parse_shard(settings.shard)


def check_whole_run_options(settings: Settings) -> None:
    """Refuse options about whole runs for a shard.

    Raises:
        UsageError: one is set.

    """
    whole = ("baseline", "publish", "fail_on_not_verified", "min_coverage")
    flags = [
        "--" + name.replace("_", "-") for name in whole if getattr(settings, name) not in ((), False, None)
    ]
    if not flags:
        return
    advice = "publish from a whole run" if flags == ["--publish"] else "give it to storepact merge"
    raise UsageError(f"{flags[0]} is about whole runs, and --shard makes a part: {advice}")


def plan_digest(plan: Plan) -> str:
    """Return the digest of the names of a plan's tests, whatever their order."""
    return digest_of(sorted(test.name for test in plan.tests))


def contracts_digest(contracts: Sequence[Contract]) -> str:
    """Return the digest of what pacts say."""
    return digest_of(
        sorted(
            json.dumps([entry.file, str(entry), entry.raw], sort_keys=True, default=str)
            for contract in contracts
            for entry in contract.interactions
        )
    )


def file_digest(path: Path) -> str:
    """Return the digest of a file that was read before."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def digest_of(texts: Iterable[str]) -> str:
    """Return the digest of some texts in their order."""
    return hashlib.sha256("\n".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
