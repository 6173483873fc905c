"""The messages between the process that leads a run and its workers; they travel through pipes only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from storepact.engines.options import EngineOptions
from storepact.engines.preflight import Preflight
from storepact.model.case import Auth
from storepact.record.recorder import Recorder
from storepact.record.values import Snapshot
from storepact.run.plan import Shard
from storepact.run.session import PreparedRun


class WorkerStart(msgspec.Struct, frozen=True):
    """What a worker needs to take part in a run."""

    family: str
    options: EngineOptions
    tokens: dict[Auth, str]
    preflight: Preflight | None
    shard: Shard | None = None
    variables: dict[Auth, str] = {}
    """The variables of the tokens, for a worker that has them in its environment."""


def start_of(prepared: PreparedRun, base_url: str | None = None) -> WorkerStart:
    """What a worker of a run needs; `base_url` is that of its own mock, if it has one."""
    options = prepared.options
    return WorkerStart(
        prepared.settings.family,
        options if base_url is None else replace(options, base_url=base_url),
        dict(prepared.credentials.tokens),
        prepared.preflight,
        prepared.plan.shard,
    )


def encode_start(prepared: PreparedRun) -> str:
    """The message that starts a worker of a run."""
    return encode_message(start_of(prepared))


def encode_message(start: WorkerStart) -> str:
    """The message as text."""
    return msgspec.json.encode(start, enc_hook=_encode_path).decode()


def decode_start(text: str) -> WorkerStart:
    """The message as the worker reads it."""
    return msgspec.json.decode(text, type=WorkerStart, dec_hook=_decode_path)


def encode_evidence(recorder: Recorder, *, with_shapes: bool = True) -> str:
    """What a worker has recorded since its last message."""
    return recorder.snapshot(with_shapes=with_shapes).encode()


def merge_evidence(text: str, recorder: Recorder) -> None:
    """Add a worker's message to the run's recorder."""
    recorder.merge(Snapshot.decode(text))


def _encode_path(value: Any) -> str:
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError(type(value))


def _decode_path(kind: type, value: Any) -> Any:
    if issubclass(kind, Path):
        return kind(value)
    raise NotImplementedError(kind)
