"""The pinned corpus: the cases and journeys that the gate sends every time, as files."""
