"""Tables of DynamoDB for tests."""

from __future__ import annotations

#: The keys that writer and SDKs need.
KEYS = (("namespace", "HASH", "S"), ("key", "RANGE", "S"))


def create_table(client, name="segments", keys=KEYS):
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": role} for key, role, _ in keys],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": kind} for key, _, kind in keys],
        BillingMode="PAY_PER_REQUEST",
    )
