"""Scenarios and journeys: the stories that are run against a provider."""
