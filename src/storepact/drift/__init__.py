"""Drift: our document beside a published document, each difference with the rule that classifies it."""
