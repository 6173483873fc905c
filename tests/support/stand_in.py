"""The mock without HTTP, for tests of its insides."""

from __future__ import annotations

import json

from storepact.families import DEFAULT_FAMILY, mock_definition
from storepact.families.persistent_store.api import BASE
from storepact.mock.call import MockRequest
from storepact.mock.definition import MockService
from storepact.mock.tokens import CONDITIONS, Tokens
from storepact.model.paths import data_path
from storepact.openapi.document import load_document

DOCUMENT = load_document(data_path("openapi", DEFAULT_FAMILY.document))
HOST = {"host": "redis.example.com"}
TABLE = {"tableName": "orders", "region": "eu-west-1", "roleArn": "arn:aws:iam::123456789012:role/x"}


class Mock:
    """A stand-in without HTTP, and everybody's token."""

    def __init__(self, faults=(), **choices):
        tokens = Tokens()
        self.tokens = {condition: tokens.issue(condition) for condition in CONDITIONS}
        kit = mock_definition()
        wanted = {name.replace("_", "-"): value for name, value in choices.items()}
        self.standin = MockService(kit, DOCUMENT, tokens, kit.storage(None), wanted, faults)
        self.provider = self.standin.provider

    def call(self, method, path="", body=None, *, token="writer", **headers):
        sent = {"authorization": self.tokens.get(token, token), "ld-api-version": "beta"}
        if body is not None:
            sent["content-type"] = "application/json"
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        pairs = tuple((name, value) for name, value in sent.items() if value is not None)
        return MockRequest(method, BASE + path, pairs, raw)

    def ask(self, *arguments, **headers):
        """Answer a call."""
        return self.standin.answer(self.call(*arguments, **headers))

    def made(self, kind="redis", **body):
        """The path of a new integration."""
        config = {"redis": HOST, "dynamodb": TABLE}[kind]
        answer = self.ask("POST", f"/default/test/{kind}", {"config": config, **body})
        assert answer.status == 201, answer.body
        return answer.body["_links"]["self"]["href"].removeprefix(BASE)
