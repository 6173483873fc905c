"""`storepact store check` on DynamoDB: moto's server stands for it."""

from __future__ import annotations

import json
import time

import pytest

import commands
from dynamodb_tables import create_table
from storepact.families.persistent_store.stores.layout import DynamoDBNames, hash_context_key

REGION = "us-east-1"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "hidden-1",
    "AWS_CONFIG_FILE": "/nowhere",
}


def fill(client, prefix=""):
    create_table(client)
    names = DynamoDBNames(prefix)
    metadata = {
        "namespace": {"S": names.metadata},
        "key": {"S": names.metadata},
        "synchronizedOn": {"N": str(int(time.time() * 1000))},
        "lastVersion": {"S": "7"},
    }
    put(client, metadata)
    put(client, context(names, hash_context_key("a"), included=["beta.g1"], excluded=["gamma.g2"]))
    return metadata


def context(names, key, **sets):
    members = {name: {"SS": references} for name, references in sets.items()}
    return {"namespace": {"S": names.contexts}, "key": {"S": key}, **members}


def put(client, item):
    client.put_item(TableName="segments", Item=item)


def check(folder, endpoint, *options, environment=CREDENTIALS, table="segments"):
    done = commands.call(
        "store",
        "check",
        "--dynamodb",
        table,
        "--region",
        REGION,
        "--endpoint",
        endpoint,
        *options,
        "--report-dir",
        folder / "report",
        cwd=folder,
        environment=environment,
    )
    path = folder / "report" / "run.json"
    findings = json.loads(path.read_text(encoding="utf-8"))["findings"] if path.exists() else []
    return done.returncode, [(each["code"], each["message"]) for each in findings], done.stdout + done.stderr


@pytest.mark.parametrize("prefix", ["", "team-a"])
def test_good_table_conforms(dynamodb, endpoint, tmp_path, prefix):
    fill(dynamodb, prefix)
    options = ("--prefix", prefix) if prefix else ()
    code, findings, output = check(tmp_path, endpoint, "--write-probe", *options)
    assert (code, findings) == (0, []), output
    assert "2 sets of memberships read" in output
    assert '"tableName": "segments"' in output
    assert "hidden-1" not in output
    assert len(dynamodb.scan(TableName="segments")["Items"]) == 2


def replace(metadata, **changes):
    return {name: value for name, value in {**metadata, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"synchronizedOn": None}, "SP703", "switch the integration on"),
        ({"lastVersion": None}, "SP703", "from the beginning"),
        ({"synchronizedOn": {"N": "1795000000"}}, "SP704", "write milliseconds"),
        ({"synchronizedOn": {"N": "1695000000000"}}, "SP705", "Relay Proxy"),
        ({"synchronizedOn": {"S": "1795000000000"}}, "SP706", "of type S, not N"),
        ({"lastVersion": {"N": "7"}}, "SP706", "of type N, not S"),
    ],
)
def test_damaged_metadata(dynamodb, endpoint, tmp_path, change, code, words):
    put(dynamodb, replace(fill(dynamodb), **change))
    exit_code, findings, _ = check(tmp_path, endpoint)
    assert exit_code == 1
    assert code in [code for code, _ in findings]
    assert any(words in message for _, message in findings)


@pytest.mark.parametrize(
    ("item", "code", "words"),
    [
        (context(DynamoDBNames(), "joe@example.com", included=["beta.g1"]), "SP707", "base64"),
        (context(DynamoDBNames(), hash_context_key("x"), excluded=["beta"]), "SP708", "generation"),
        (context(DynamoDBNames(), hash_context_key("x")) | {"included": {"L": []}}, "SP706", "is L, not SS"),
        ({"namespace": {"S": "big_segment_user"}, "key": {"S": "x"}}, "SP709", "resembles big_segments_user"),
    ],
)
def test_damaged_context(dynamodb, endpoint, tmp_path, item, code, words):
    fill(dynamodb)
    put(dynamodb, item)
    exit_code, findings, output = check(tmp_path, endpoint)
    assert exit_code == 1
    assert [code for code, _ in findings] == [code]
    assert words in findings[0][1]
    assert "joe@example.com" not in output


def test_table_with_other_keys(dynamodb, endpoint, tmp_path):
    create_table(dynamodb, keys=(("id", "HASH", "S"),))
    code, findings, _ = check(tmp_path, endpoint)
    assert (code, [code for code, _ in findings]) == (1, ["SP701"])
    assert "create the table anew" in findings[0][1]


def test_table_that_does_not_exist(dynamodb, endpoint, tmp_path):
    code, _, output = check(tmp_path, endpoint, table="nothing")
    assert code == 3
    assert "there is no table nothing" in output


@pytest.mark.parametrize(
    ("options", "environment", "code", "words"),
    [
        (("--region", "us-east-9"), CREDENTIALS, 2, "did you mean 'us-east"),
        (
            (),
            {"AWS_CONFIG_FILE": "/nowhere", "AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nowhere"},
            3,
            "no credentials of AWS",
        ),
        (("--endpoint", "http://127.0.0.1:9"), CREDENTIALS, 3, "correct --endpoint"),
        (("--endpoint", "nothing"), CREDENTIALS, 2, "no URL of an endpoint"),
    ],
)
def test_wrong_usage_says_what_to_do(tmp_path, options, environment, code, words):
    region = () if "--region" in options else ("--region", REGION)
    words_of_call = ("store", "check", "--dynamodb", "segments", *region, *options)
    done = commands.call(*words_of_call, cwd=tmp_path, environment=environment)
    assert done.returncode == code, done.stderr
    assert words in " ".join((done.stdout + done.stderr).split())
