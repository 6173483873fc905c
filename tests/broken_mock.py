"""The mock with one thing broken by hand; run as `python broken_mock.py FAULT`, tokens from STOREPACT_MOCK_TOKENS."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace

from storepact.families import DEFAULT
from storepact.families.persistent_store import provider as provider_module
from storepact.families.persistent_store import resource
from storepact.families.persistent_store.provider import StoreProvider
from storepact.mock.app import create_app
from storepact.mock.serve import bound_socket, run
from storepact.places import place
from storepact.spec.fragment import load_fragment

FAULTS = {
    "string-last-sync": "SP104",
    "missing-id": "SP104",
    "created-200": "SP102",
    "password-echoed": "SP301",
    "numeric-port": "SP104",
    "no-beta-gate-on-delete": "SP205",
    "undocumented-member": "SP105",
    "no-token-needed": "SP203",
    "reader-may-write": "SP204",
    "region-unchecked": "SP202",
    "crash-on-long-name": "SP101",
}


class Broken(StoreProvider):
    """The well-behaved provider, its answers bent afterwards."""

    fault = ""

    def answer(self, call):
        call = self._bent_call(call)
        answer = super().answer(call)
        bodies = answer.body.get("items", [answer.body]) if isinstance(answer.body, dict) else []
        for body in bodies:
            self._bend(body)
        if self.fault == "created-200" and answer.status == 201:
            return replace(answer, status=200)
        if self.fault == "crash-on-long-name" and any(len(body.get("name", "")) > 200 for body in bodies):
            raise RuntimeError("too long")
        return answer

    def _bent_call(self, call):
        headers = call.headers
        if self.fault == "no-beta-gate-on-delete" and call.operation.method == "DELETE":
            headers = (("ld-api-version", "beta"), *headers)
        writer = next(token for token, condition in self.tokens.items() if condition == "writer")
        if self.fault == "no-token-needed" and call.header("authorization") is None and call.operation.method == "GET":
            headers = (("authorization", writer), *headers)
        if self.fault == "reader-may-write" and self.tokens.get(call.header("authorization")) == "reader":
            headers = (("authorization", writer), *headers)
        return replace(call, headers=headers)

    def _bend(self, body):
        if self.fault == "string-last-sync":
            body["_status"]["lastSync"] = str(body["_status"]["lastSync"])
        if self.fault == "missing-id":
            del body["_id"]
        if self.fault == "undocumented-member":
            body["_maintainer"] = "somebody"
        if self.fault == "password-echoed":
            body["config"] = dict(self._integrations[body["_id"]].config)


def main(fault: str) -> None:
    fragment = load_fragment(place("openapi", DEFAULT.document))
    broken = Broken(fragment, json.loads(os.environ["STOREPACT_MOCK_TOKENS"]))
    broken.fault = fault
    checked = resource.checked_body

    def lenient(fragment, kind, body):
        config = body.get("config") if isinstance(body, dict) else None
        if isinstance(config, dict) and fault == "numeric-port" and type(config.get("port")) is int:
            checked(fragment, kind, {**body, "config": {**config, "port": "1"}})
            return body
        if isinstance(config, dict) and fault == "region-unchecked" and isinstance(config.get("region"), str):
            checked(fragment, kind, {**body, "config": {**config, "region": "us-east-1"}})
            return body
        return checked(fragment, kind, body)

    provider_module.checked_body = lenient
    run(create_app(fragment, broken), bound_socket(0), lambda url: print(f"ready {url}", flush=True))


if __name__ == "__main__":
    main(sys.argv[1])
