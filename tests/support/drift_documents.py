"""Documents for drift: a small one, and edits of it."""

from __future__ import annotations

import copy
from pathlib import Path

from storepact.drift.documents import compare_documents
from storepact.drift.graph import SchemaGraph
from storepact.openapi.document import Document

BASE = {
    "openapi": "3.0.3",
    "info": {"title": "t", "version": "1"},
    "servers": [{"url": "https://a.example.com"}, {"url": "https://b.example.com"}],
    "security": [{"key": []}],
    "paths": {
        "/things/{id}": {
            "post": {
                "operationId": "makeThing",
                "summary": "Make",
                "tags": ["one"],
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "q", "in": "query", "schema": {"type": "string", "default": "x"}},
                    {"name": "must", "in": "query", "required": True, "schema": {"type": "string"}},
                ],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Sent"}},
                        "text/csv": {"schema": {"type": "string"}},
                    },
                },
                "responses": {
                    "200": {
                        "description": "ok",
                        "headers": {
                            "X-Sure": {"required": True, "schema": {"type": "string"}},
                            "X-Maybe": {"schema": {"type": "string"}},
                        },
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Answer"}},
                            "text/csv": {"schema": {"type": "string"}},
                        },
                    },
                    "202": {"description": "later"},
                    "400": {
                        "description": "no",
                        "content": {"application/json": {"schema": {"type": "object"}}},
                    },
                    "404": {"description": "gone"},
                },
            },
            "get": {
                "operationId": "getThing",
                "deprecated": True,
                "responses": {"200": {"description": "ok"}},
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            },
            "delete": {
                "operationId": "dropThing",
                "responses": {"204": {"description": "ok"}},
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            },
            "put": {
                "operationId": "putThing",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
                "responses": {"204": {"description": "ok"}},
            },
        },
    },
    "components": {
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "Authorization"},
            "other": {"type": "apiKey", "in": "header", "name": "X-Key"},
        },
        "schemas": {
            "Sent": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "description": "a name", "example": "n"},
                    "size": {"type": "integer", "default": 1},
                },
            },
            "Answer": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string"},
                    "size": {"type": "integer", "default": 1},
                    "kind": {"type": "string"},
                },
            },
        },
    },
}

POST = ("paths", "/things/{id}", "post")
RESPONSE = (*POST, "responses", "200")
REQUEST_SCHEMA = ("components", "schemas", "Sent")
RESPONSE_SCHEMA = ("components", "schemas", "Answer")


def edit_document(*edits):
    """The base document with values put at places (None takes away)."""
    document = copy.deepcopy(BASE)
    for path, value in edits:
        node = document
        for token in path[:-1]:
            node = node[token]
        if value is None:
            node.pop(path[-1])
        elif path[-1] == "+":
            node.append(value)
        else:
            node[path[-1]] = value
    return document


def differing_rules(before, after):
    """The rules of every difference."""
    comparison = compare_documents(Document(before, Path("ours")), Document(after, Path("theirs")))
    return {difference.rule.id for difference in comparison.differences}


def parameter(name, **more):
    return {"name": name, "in": "query", "schema": {"type": "string"}, **more}


SCHEMA_PLACES = {
    "parameter": (*POST, "parameters", 1, "schema"),
    "request": (*REQUEST_SCHEMA, "properties", "name"),
    "response": (*RESPONSE_SCHEMA, "properties", "kind"),
}

TEXT = {"type": "string"}


def compare(before, after):
    """The comparison of two documents."""
    return compare_documents(Document(before, Path("ours")), Document(after, Path("theirs")))


def compare_everything(before, after, monkeypatch):
    """The comparison of two documents without looking at texts first."""
    with monkeypatch.context() as patch:
        patch.setattr(SchemaGraph, "is_same_text", lambda *_: False)
        return compare(before, after)
