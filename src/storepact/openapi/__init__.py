"""The OpenAPI document: references, schemas compiled once, members, keywords, variants."""
