"""Measure `storepact contracts check` on large inputs: seconds and peak memory of whole processes.

Usage: python benchmarks/contracts_check.py [many | wide | deep] [--bin storepact]

many: 60,000 interactions (11.5 MB) beside a small document; the target is 15 s and 300 MB.
wide: one interaction beside a document of 4,000 paths; 5 s.
deep: three interactions beside a cyclic document of 7 MB, as Stripe's is; 10 s.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

TARGETS = {"many": (15, 300), "wide": (5, None), "deep": (10, None)}


def document(paths: dict, schemas: dict | None = None) -> dict:
    """An OpenAPI document of these paths."""
    return {
        "openapi": "3.0.3",
        "info": {"title": "a large one", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas or {}},
    }


def operation(schema: dict, parameters: tuple[str, ...] = ()) -> dict:
    """A GET with one JSON response."""
    content = {"application/json": {"schema": schema}}
    return {
        "get": {
            "parameters": [
                {"name": name, "in": "path", "required": True, "schema": {"type": "integer"}}
                for name in parameters
            ],
            "responses": {"200": {"description": "fine", "content": content}},
        }
    }


def pact(interactions: list[dict]) -> dict:
    """A pact of specification 3."""
    return {
        "consumer": {"name": "till"},
        "provider": {"name": "shop"},
        "interactions": interactions,
        "metadata": {"pactSpecification": {"version": "3.0.0"}},
    }


def interaction(number: int, path: str, body: dict) -> dict:
    """A GET that relies on a body."""
    return {
        "description": f"exchange {number}",
        "request": {"method": "GET", "path": path},
        "response": {"status": 200, "headers": {"Content-Type": "application/json"}, "body": body},
    }


def many() -> tuple[dict, dict]:
    """60,000 interactions with one operation."""
    box = {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
    box["required"] = ["id", "name"]
    interactions = [
        interaction(number, f"/boxes/{number}", {"id": number, "name": f"box {number}"})
        for number in range(60_000)
    ]
    return document({"/boxes/{id}": operation(box, ("id",))}), pact(interactions)


def wide() -> tuple[dict, dict]:
    """4,000 paths, one interaction."""
    schemas = {
        f"Thing{number}": {
            "type": "object",
            "properties": {f"member{index}": {"type": "string", "maxLength": 40} for index in range(12)},
        }
        for number in range(500)
    }
    paths = {
        f"/areas/{{area}}/things{number}/{{thing}}": operation(
            {"$ref": f"#/components/schemas/Thing{number % 500}"}, ("area", "thing")
        )
        for number in range(4_000)
    }
    return document(paths, schemas), pact([interaction(1, "/areas/1/things2999/2", {"member3": "x"})])


def deep() -> tuple[dict, dict]:
    """Schemas that all refer to each other by alternatives, 7 MB; three interactions."""
    count, members = 1060, 40
    schemas = {
        f"Thing{number}": {
            "type": "object",
            "description": "What it is, and what it is for. " * 20,
            "required": ["id"],
            "properties": {
                "id": {"type": "string", "maxLength": 5000},
                **{
                    f"text{index}": {"type": "string", "nullable": True, "maxLength": 5000}
                    for index in range(members)
                },
                **{
                    f"thing{index}": {
                        "anyOf": [
                            {"type": "string", "maxLength": 5000},
                            {"$ref": f"#/components/schemas/Thing{(number * 7 + index * 31 + 1) % count}"},
                            {"$ref": f"#/components/schemas/Thing{(number + index + 1) % count}"},
                        ]
                    }
                    for index in range(members // 2)
                },
            },
        }
        for number in range(count)
    }
    paths = {
        f"/v1/things{number}": operation({"$ref": f"#/components/schemas/Thing{number}"})
        for number in range(count)
    }
    body = {"id": "a", "text1": None, "thing1": {"id": "b", "thing2": "c"}, "thing3": {"id": "d"}}
    return document(paths, schemas), pact([interaction(n, f"/v1/things{n}", body) for n in (1, 400, 799)])


def measure(name: str, program: str) -> bool:
    """Run one; print its figures; whether the target is met."""
    described, relied = {"many": many, "wide": wide, "deep": deep}[name]()
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "openapi.json"), Path(folder, "pact.json")
        for path, content in zip(files, (described, relied), strict=True):
            path.write_text(json.dumps(content, separators=(",", ":") if path.stem == "pact" else None))
        sizes = ", ".join(f"{path.stat().st_size / 1e6:.1f} MB" for path in files)
        started = time.monotonic()
        process = os.posix_spawnp(
            program,
            [program, "contracts", "check", str(files[1]), "--openapi", str(files[0])],
            os.environ,
            file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
        )
        _, status, usage = os.wait4(process, 0)
        seconds, memory = time.monotonic() - started, usage.ru_maxrss / 1024
    limit, most = TARGETS[name]
    code = os.waitstatus_to_exitcode(status)
    print(f"{name}: {seconds:.1f} s ({usage.ru_utime:.1f} s CPU), {memory:.0f} MiB, exit {code} ({sizes})")
    return seconds <= limit and (most is None or memory <= most) and code == 0


def main() -> int:
    """Measure what is asked for, or all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", choices=[*TARGETS, []], default=[])
    parser.add_argument("--bin", default="storepact")
    options = parser.parse_args()
    results = [measure(name, options.bin) for name in options.names or TARGETS]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
