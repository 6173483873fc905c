"""The mock without HTTP, for tests of its parts."""

from __future__ import annotations

import dataclasses
import json

import msgspec

from storepact.families import DEFAULT_FAMILY, mock_definition
from storepact.families.persistent_store.api import BASE
from storepact.mock.app import encode_body
from storepact.mock.definition import MockService
from storepact.mock.exchange import MockRequest
from storepact.mock.tokens import CONDITIONS, Tokens
from storepact.model.paths import data_path
from storepact.openapi.load import load_document

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))
HOST = {"host": "redis.example.com"}
TABLE = {"tableName": "orders", "region": "eu-west-1", "roleArn": "arn:aws:iam::123456789012:role/x"}


class Mock:
    """A mock without HTTP, with a token in every condition."""

    def __init__(self, faults=(), sync=None, data=None, **choices):
        tokens = Tokens()
        self.tokens = {condition: tokens.issue(condition) for condition in CONDITIONS}
        definition = mock_definition()
        values = {name.replace("_", "-"): value for name, value in choices.items()}
        backend = definition.open(data, tokens, sync)
        self.service = MockService(definition, DOCUMENT, tokens, backend, values, faults)
        self.provider = self.service.provider

    def request(self, method, path="", body=None, *, token="writer", **headers):
        """Return a request with everything that an ordinary one has; None removes a header."""
        ordinary = {"authorization": self.tokens.get(token, token), "ld-api-version": "beta"}
        if body is not None:
            ordinary["content-type"] = "application/json"
        ordinary.update({name.replace("_", "-"): value for name, value in headers.items()})
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        pairs = tuple((name, value) for name, value in ordinary.items() if value is not None)
        return MockRequest(method, BASE + path, pairs, raw)

    def send(self, *arguments, **headers):
        """Return the response to a request, its body as a JSON value."""
        response = self.service.respond(self.request(*arguments, **headers))
        if isinstance(response.body, msgspec.Raw):
            return dataclasses.replace(response, body=json.loads(encode_body(response.body)))
        return response

    def create(self, kind="redis", **body):
        """Create an integration; returns its path."""
        config = {"redis": HOST, "dynamodb": TABLE}[kind]
        response = self.send("POST", f"/default/test/{kind}", {"config": config, **body})
        assert response.status == 201, response.body
        return response.body["_links"]["self"]["href"].removeprefix(BASE)
