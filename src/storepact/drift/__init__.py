"""Comparison of two OpenAPI documents: what differs, who has to react, and which decision explains it."""
