"""Drift: our fragment beside a published document, each difference with the rule that classifies it."""
