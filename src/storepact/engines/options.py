"""The options that the engines use: how to reach one target, what to generate, which files to read."""

from __future__ import annotations

import hashlib
from dataclasses import field
from pathlib import Path

from storepact.engines.profiles import DEFAULT_SEED, PROFILES, Profile
from storepact.model.api import Scope
from storepact.model.values import lean_value
from storepact.transport.credentials import TokenSource
from storepact.transport.pacing import Limits
from storepact.transport.route import Route


@lean_value(frozen=True)
class EngineOptions:
    """What the engines use of a run's settings; nothing in it changes after the start of the run."""

    base_url: str
    """The target's URL, without a trailing slash."""
    scopes: tuple[Scope, ...]
    """Scopes that the run may work in, in order of preference; the first that exists is used."""
    isolation_scopes: tuple[Scope, ...] = ()
    """Further scopes that the run may write to, for scenarios about isolation."""
    is_mock: bool = False
    """Whether the target is the embedded mock."""
    writable: bool = False
    """Whether the run may create, change and delete on the target."""
    seed: int = DEFAULT_SEED
    profile: Profile = field(default=PROFILES["gate"])
    examples: int | None = None
    """Fuzzed cases per operation, variant and mode, in place of the profile's number."""
    corpus: Path | None = None
    """The folder of pinned cases; None generates every case."""
    corpus_is_cache: bool = False
    """Whether what the folder lacks is generated and kept there."""
    drawn_cases: Path | None = None
    """The folder in which fresh cases are kept for later runs of the same seed; None draws them each time."""
    shipped_cases: Path | None = None
    """The file of fresh cases that are shipped, and need not be drawn."""
    limits: Limits = field(default_factory=Limits)
    """What the run may take: of time, of requests, of failures."""
    route: Route = field(default_factory=Route)
    """How the target is reached."""
    renewal: TokenSource | None = None
    """Where a new token comes from when the target refuses the present one."""
    pace: Path | None = None
    """The file through which the processes of the run share their pace."""
    openapi: Path = Path()
    """The OpenAPI document that the provider is held to."""
    contracts: Path = Path()
    """The folder of pacts."""
    accepted: Path = Path()
    """The file of accepted findings; it need not exist."""
    provider: str | None = None
    """The provider's name in pacts, where it is not the family's own."""
    run_mark: str = ""
    """The mark of the run, in everything that it creates on a live target; empty on the embedded mock."""
    allow_enable: bool = False
    """Whether resources may be switched on; on the embedded mock they may."""
    max_resources: int | None = None
    """How many resources of this process may exist at once; None for any number."""
    journal: Path | None = None
    """The folder of the journals of what runs create; None keeps the journal in memory."""
    settle: float | None = None
    """Seconds within which a read may show the state before a write; None where that is a finding."""
    excluded_checks: tuple[str, ...] = ()
    """Codes of checks that are left out, to see what only they catch."""
    operations: tuple[str, ...] = ()
    """The ids of the operations that are tested and reported; all of them if empty."""
    shrink: bool = True
    """Whether findings are reduced to the smallest request, and searched for after the first one."""
    save_har: Path | None = None
    """The HAR file that every exchange is saved in."""
    worker: str = ""
    """Which of several processes of one run this is; empty for the only one."""

    def reports(self, code: str, operation: str) -> bool:
        """Whether findings of a check about an operation are reported; those of the document always are."""
        is_chosen = not self.operations or not operation or operation in self.operations
        return is_chosen and code not in self.excluded_checks

    @property
    def marker(self) -> str:
        """The text by which the resources of this process are recognised."""
        if not self.run_mark:
            return f"storepact-{self.seed}{self.worker}"
        number = self.worker.removeprefix("gw").zfill(2)  # no marker is the beginning of another one
        return f"{self.run_mark}-{number}" if self.worker else self.run_mark

    @property
    def journal_file(self) -> Path | None:
        """The journal of this process."""
        return None if self.journal is None else self.journal / f"{self.marker}.jsonl"

    def seed_for(self, name: str) -> int:
        """The seed of one part of the run, derived from the run's."""
        digest = hashlib.blake2b(f"{self.seed}:{name}".encode(), digest_size=4).digest()
        return int.from_bytes(digest, "big")

    @property
    def fuzzed_examples(self) -> int:
        """The number of fuzzed cases per operation, variant and mode."""
        return self.examples or self.profile.examples

    @property
    def fresh_examples(self) -> int:
        """The number of fuzzed cases beside the pinned ones, per operation, variant and mode."""
        return self.profile.fresh if self.examples is None else self.examples
