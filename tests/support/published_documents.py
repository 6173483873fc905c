"""The published document of the API, as it is and with three breaking changes."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

PUBLISHED = Path(__file__).parents[1] / "data" / "published.json"


def write_changed(folder: Path, kind: str = "json") -> Path:
    """Write the published document with three breaking changes, as `json` or `yaml`; return its path."""
    document = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    schemas = document["components"]["schemas"]
    schemas["BigSegmentStoreIntegration"]["required"].remove("version")
    schemas["BigSegmentStoreIntegration"]["properties"]["integrationKey"]["enum"] = ["redis"]
    body = schemas["IntegrationDeliveryConfigurationPost"]
    body["required"].append("owner")
    body["properties"]["owner"] = {"type": "string"}
    path = folder / f"changed.{kind}"
    path.write_text(json.dumps(document) if kind == "json" else yaml.safe_dump(document), encoding="utf-8")
    return path
