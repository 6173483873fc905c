"""`storepact store check` on DynamoDB: moto's server stands for it."""

from __future__ import annotations

import http.server
import json
import threading
import time

import pytest

import commands
from context_hashes import hash_context_key
from dynamodb_tables import create_table
from storepact.families.persistent_store.stores.layout import DynamoDBNames

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
        ({"lastVersion": {"S": " "}}, "SP703", "is empty"),
        ({"synchronizedOn": None, "synchronized_on": {"N": "1"}}, "SP703", "write synchronizedOn"),
    ],
)
def test_damaged_metadata(dynamodb, endpoint, tmp_path, change, code, words):
    put(dynamodb, replace(fill(dynamodb), **change))
    exit_code, findings, _ = check(tmp_path, endpoint)
    assert (exit_code, [code for code, _ in findings]) == (1, [code]), findings
    assert words in findings[0][1]


def test_metadata_with_another_prefix(dynamodb, endpoint, tmp_path):
    """The finding names the prefix that is there; with it, the other prefix is none."""
    fill(dynamodb, "team-a")
    code, findings, _ = check(tmp_path, endpoint, "--prefix", "team-b")
    assert (code, [code for code, _ in findings]) == (1, ["SP703"])
    assert "the prefix 'team-a': give that one with --prefix" in findings[0][1]
    assert check(tmp_path, endpoint, "--prefix", "team-a")[0] == 0


def test_time_to_live_of_a_table(dynamodb, endpoint, tmp_path):
    """DynamoDB may remove other items of the table, and no membership."""
    fill(dynamodb)
    setting = {"Enabled": True, "AttributeName": "expires"}
    dynamodb.update_time_to_live(TableName="segments", TimeToLiveSpecification=setting)
    assert check(tmp_path, endpoint)[0] == 0
    item = context(DynamoDBNames(), hash_context_key("x"), included=["beta.g1"])
    put(dynamodb, item | {"expires": {"N": "1999999999"}})
    code, findings, _ = check(tmp_path, endpoint)
    assert (code, [code for code, _ in findings]) == (1, ["SP701"])
    assert "remove the time to live" in findings[0][1]


@pytest.mark.parametrize(
    ("item", "code", "words"),
    [
        (context(DynamoDBNames(), "joe@example.com", included=["beta.g1"]), "SP707", "base64"),
        (context(DynamoDBNames(), hash_context_key("x"), excluded=["beta"]), "SP708", "generation"),
        (context(DynamoDBNames(), hash_context_key("x")) | {"included": {"L": []}}, "SP706", "is L, not SS"),
        ({"namespace": {"S": "big_segment_user"}, "key": {"S": "x"}}, "SP709", "resembles big_segments_user"),
        (
            {"namespace": {"S": "big_segments_metadata"}, "key": {"S": "metadata"}},
            "SP709",
            "the item 'metadata' of big_segments_metadata",
        ),
        (
            context(DynamoDBNames(), hash_context_key("x"), Included=["beta.g1"]),
            "SP709",
            "the attribute Included: no SDK reads this name, which resembles included",
        ),
        (context(DynamoDBNames(), hash_context_key("x"), included=["a.g1,b.g1"]), "SP708", "no reference"),
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


@pytest.mark.parametrize(
    "keys",
    [
        (("id", "HASH", "S"),),
        (("namespace", "HASH", "S"),),
        (("key", "HASH", "S"), ("namespace", "RANGE", "S")),
        (("Namespace", "HASH", "S"), ("Key", "RANGE", "S")),
        (("namespace", "HASH", "S"), ("key", "RANGE", "N")),
    ],
)
def test_table_with_other_keys(dynamodb, endpoint, tmp_path, keys):
    create_table(dynamodb, keys=keys)
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
        (("--endpoint", "http://u:hidden-1@h"), CREDENTIALS, 2, "DynamoDB needs none there"),
        (("--role-arn", "storepact"), CREDENTIALS, 2, "write arn:aws:iam"),
        ((), {**CREDENTIALS, "AWS_SECRET_ACCESS_KEY": ""}, 3, "half of the credentials of AWS is missing"),
        ((), {**CREDENTIALS, "AWS_PROFILE": "nobody"}, 2, "names a profile that does not exist"),
    ],
)
def test_wrong_usage_says_what_to_do(tmp_path, options, environment, code, words):
    region = () if "--region" in options else ("--region", REGION)
    words_of_call = ("store", "check", "--dynamodb", "segments", *region, *options)
    done = commands.call(*words_of_call, cwd=tmp_path, environment=environment)
    assert done.returncode == code, done.stderr
    output = " ".join((done.stdout + done.stderr).split())
    assert words in output
    assert "hidden-1" not in output


@pytest.mark.parametrize("table", ["", "ab", "a b", "a" * 256, "arn:aws:dynamodb:us-east-1:1:table/segments"])
def test_name_of_no_table(tmp_path, table):
    code, _, output = check(tmp_path, "http://127.0.0.1:9", table=table)
    assert code == 2
    assert "is no name of a table" in output


@pytest.fixture
def failing_endpoint():
    """A function: the URL of a server that answers with this status and body."""
    servers = []

    def start(status, body):
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (400, "AccessDeniedException", "allow dynamodb:DescribeTable in their policy"),
        (400, "ExpiredTokenException", "sign in again"),
        (400, "UnrecognizedClientException", "correct AWS_ACCESS_KEY_ID"),
        (400, "InvalidSignatureException", "correct AWS_SECRET_ACCESS_KEY"),
        (400, "ProvisionedThroughputExceededException", "raise its capacity"),
        (400, "SomethingNew", "DynamoDB answers SomethingNew"),
        (200, None, "answers, but not as DynamoDB does: correct --endpoint"),
    ],
)
def test_errors_of_dynamodb_name_the_repair(failing_endpoint, tmp_path, status, error, words):
    body = b"<html>" if error is None else json.dumps({"__type": f"x#{error}", "message": "m"}).encode()
    code, _, output = check(tmp_path, failing_endpoint(status, body))
    assert code == 3
    assert words in " ".join(output.split())
