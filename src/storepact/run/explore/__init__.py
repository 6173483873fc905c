"""Exploration: generation on all operations and journeys with seeds that move on, in chunks."""
