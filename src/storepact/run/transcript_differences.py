"""Differences between two transcripts: which steps are the same ones, and how they differ."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from storepact.run.transcript import JOURNEYS, Transcript, TranscriptStep


def cut_journeys(ours: Transcript, theirs: Transcript) -> tuple[Transcript, Transcript]:
    """Two transcripts with their journeys up to where the targets answer with different statuses.

    What comes after that depends on it: the steps of a journey depend on what exists.
    """
    lengths = {
        name: _common_length(steps, theirs[name])
        for name, steps in ours.items()
        if name.startswith(JOURNEYS) and name in theirs
    }

    def cut(transcript: Transcript) -> Transcript:
        return {name: steps[: lengths.get(name, len(steps))] for name, steps in transcript.items()}

    return cut(ours), cut(theirs)


def _common_length(ours: Sequence[TranscriptStep], theirs: Sequence[TranscriptStep]) -> int:
    """How many steps two stories have in common, the first one with another status included."""
    for index, (left, right) in enumerate(zip(ours, theirs, strict=False)):
        if left.does != right.does:
            return index
        if left.status != right.status:
            return index + 1
    return min(len(ours), len(theirs))


def align_steps(
    mock: Sequence[TranscriptStep], target: Sequence[TranscriptStep]
) -> Iterator[tuple[TranscriptStep, TranscriptStep]]:
    """Yield the steps of two transcripts of one story that do the same."""
    ours, theirs = [step.does for step in mock], [step.does for step in target]
    for block in difflib.SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks():
        for offset in range(block.size):
            yield mock[block.a + offset], target[block.b + offset]


def compare_steps(ours: TranscriptStep, theirs: TranscriptStep) -> Iterator[tuple[str, str, str]]:
    """Yield (member, value, value) where two steps differ; only the status, with no member, if it does."""
    if ours.status != theirs.status:
        yield "", str(ours.status), str(theirs.status)
        return
    for name in sorted(ours.members.keys() | theirs.members.keys()):
        our_value, their_value = ours.members.get(name, "absent"), theirs.members.get(name, "absent")
        if our_value != their_value:
            yield name, our_value, their_value
