"""A mock provider over real HTTP: its paths come from the OpenAPI document, its behaviour from a family."""
