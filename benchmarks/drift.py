"""How long `storepact drift` takes: a large published document, and a large one whose schemas form rings.

Usage: python benchmarks/drift.py [--runs N]
Prints the seconds of the whole command; the fastest of the runs. Exit code 1 if one is slower than its limit.
"""

from __future__ import annotations

import argparse
import copy
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

PUBLISHED = ROOT / "tests" / "data" / "published.json"

#: Seconds that each comparison may take.
LIMITS = {"published 2.6 MB": 3.0, "cyclic 3.7 MB with itself": 30.0, "cyclic 3.7 MB, one change": 30.0}


def published(size: int) -> dict[str, object]:
    """The published document among many other paths and schemas, of about so many bytes."""
    document = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    paths, schemas = document["paths"], document["components"]["schemas"]
    item = json.dumps(next(iter(schemas.values())))
    for number in range(size // (len(item) + 400)):
        schemas[f"Other{number}"] = json.loads(item)
        paths[f"/api/v2/other{number}/{{id}}"] = {
            "get": {
                "operationId": f"other{number}",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": {
                    "200": {
                        "description": "ok",
                        "content": {
                            "application/json": {"schema": {"$ref": f"#/components/schemas/Other{number}"}}
                        },
                    }
                },
            }
        }
    return document


def cyclic(size: int) -> dict[str, object]:
    """A document whose schemas refer to each other in rings, of about so many bytes."""
    chance, count = random.Random(7), size // 2_600
    schemas = {f"S{number}": _schema(chance, count) for number in range(count)}
    paths = {
        f"/r{number}/{{id}}": {
            "get": {"operationId": f"get{number}", "responses": {"200": _answer(number % count)}},
            "post": {
                "operationId": f"post{number}",
                "requestBody": {"content": _answer((number * 7) % count)["content"]},
                "responses": {"200": _answer(number % count), "default": _answer(0)},
            },
        }
        for number in range(count // 3)
    }
    info = {"title": "rings", "version": "1"}
    return {"openapi": "3.0.3", "info": info, "paths": paths, "components": {"schemas": schemas}}


def _schema(chance: random.Random, count: int) -> dict[str, object]:
    properties: dict[str, object] = {
        f"text{index}": {"type": "string", "maxLength": 5_000, "description": "what it says " * 4}
        for index in range(12)
    }
    for index in range(4):
        properties[f"to{index}"] = {
            "anyOf": [
                {"type": "string", "maxLength": 5_000},
                {"$ref": f"#/components/schemas/S{chance.randrange(count)}"},
            ]
        }
    properties["list"] = {
        "type": "array",
        "items": {"$ref": f"#/components/schemas/S{chance.randrange(count)}"},
    }
    return {"type": "object", "required": ["text0"], "properties": properties}


def _answer(number: int) -> dict[str, object]:
    schema = {"$ref": f"#/components/schemas/S{number}"}
    return {"description": "ok", "content": {"application/json": {"schema": schema}}}


def of_size(make: Callable[[int], dict[str, object]], size: int) -> dict[str, object]:
    """A document that is as large as it is to be, to a hundredth."""
    aim = size
    for _ in range(4):
        document = make(aim)
        length = len(json.dumps(document))
        if abs(length - size) * 100 <= size:
            break
        aim = aim * size // length
    return document


def seconds(folder: Path, theirs: object, ours: object | None, runs: int) -> float:
    """The fastest of the runs of the whole command."""
    name, own = folder / "theirs.json", folder / "ours.json"
    name.write_text(json.dumps(theirs), encoding="utf-8")
    command = [sys.executable, "-m", "storepact", "drift", str(name)]
    if ours is not None:
        own.write_text(json.dumps(ours), encoding="utf-8")
        command += ["--openapi", str(own)]
    times = []
    for _ in range(runs):
        start = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
        times.append(time.monotonic() - start)
        if done.returncode not in (0, 1):
            sys.exit(done.stderr)
    return min(times)


def main() -> int:
    """Run the comparisons."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=1)
    runs = parser.parse_args().runs
    rings = of_size(cyclic, 3_700_000)
    changed = copy.deepcopy(rings)
    del changed["components"]["schemas"]["S5"]["properties"]["text3"]  # type: ignore[index]
    pairs = ((of_size(published, 2_600_000), None), (rings, rings), (changed, rings))
    slow = False
    with tempfile.TemporaryDirectory() as folder:
        for (name, limit), (theirs, ours) in zip(LIMITS.items(), pairs, strict=True):
            taken = seconds(Path(folder), theirs, ours, runs)
            slow |= taken > limit
            size = len(json.dumps(theirs)) / 1e6
            print(f"{name} ({size:.1f} MB): {taken:.1f} s, limit {limit:.0f} s")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
