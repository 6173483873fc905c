"""The commands: a line of help and an example for each, so that the list of commands loads none of them."""

from __future__ import annotations

from collections.abc import Mapping

from storepact.model.values import lean_value


@lean_value(frozen=True)
class Entry:
    """What the list of commands says of one, and the last lines of its own help."""

    summary: str
    """The first sentence of its help."""
    example: str = ""
    """A call that can be pasted."""


#: The commands, each with its module in this package.
COMMANDS: Mapping[str, Entry] = {
    "verify": Entry(
        "Check a provider against the OpenAPI document and its consumers' pacts.",
        "storepact verify --target https://app.example.com --environment test -x",
    ),
    "tripwire": Entry(
        "Run the nightly job: drift, verify, compare with the latest green run, keep the run; one summary.",
        "storepact tripwire --target https://app.example.com --published api.json",
    ),
    "explore": Entry(
        "Generate cases on all operations and journeys, with new seeds in each round, within a budget.",
        "storepact explore --time 10m --workers 2",
    ),
    "mock": Entry(
        "Serve a stateful mock of the API until it is stopped.",
        "storepact mock --port 8080 --fault stale-read",
    ),
    "check": Entry(
        "Judge the exchanges of HAR files, of any tool, and of records of runs; no request is sent.",
        "storepact check app.har",
    ),
    "proxy": Entry(
        "Pass the requests of real clients to a provider, and judge every exchange, until Ctrl-C.",
        "storepact proxy --target https://app.example.com --port 8081",
    ),
    "cleanup": Entry(
        "Delete what runs have left on a live target.",
        "storepact cleanup --target https://app.example.com --dry-run",
    ),
    "prove": Entry(
        "Prove that the gate finds faults: run it against the mock with each fault, and without any.",
        "storepact prove --fault partial-patch --fault stale-read",
    ),
    "twin": Entry(
        "Send the same stories and cases to two releases, and compare the answers.",
        "storepact twin --target https://app.example.com --against transcript.json",
    ),
    "compare": Entry(
        "Compare a run with an earlier one: what is new, gone, no longer exercised, and how "
        "responses changed.",
        "storepact compare last-week/ storepact-report/",
    ),
    "accept": Entry(
        "Accept findings until a day: they stay in every report, and no longer break the verdict.",
        "storepact accept 2be904e2d2b6 --reason planned --until 2027-01-31",
    ),
    "merge": Entry(
        "Make one record and its reports of the records of all shards of a run; no target, no engine.",
        "storepact merge shard-1/ shard-2/ shard-3/",
    ),
    "report": Entry(
        "Make every report of a run again from its record alone; no target, no engine.",
        "storepact report storepact-report/ --format console",
    ),
    "drift": Entry(
        "Compare our document with the published one: what changed, whom it breaks, which decision "
        "explains it.",
        "storepact drift https://app.example.com/openapi.json --report-dir drift/",
    ),
    "explain": Entry(
        "Explain checks: the rule, why it matters, the decision, a finding, the fault that proves it.",
        "storepact explain SP605",
    ),
    "checks": Entry(
        "List the checks: code, name, suite, severity and rule of each.",
        "storepact checks --json",
    ),
    "replay": Entry(
        "Send the requests of a finding again: is it still there, gone, or flaky?",
        "storepact replay 2be904e2d2b6 storepact-report/ --allow-writes",
    ),
    "export": Entry(
        "Write the stories of a run as a file that runs without storepact.",
        "storepact export storepact-report/ --as pytest",
    ),
    "targets": Entry(
        "List the targets that the configuration file names, for --target: address, scope, "
        "permission, token.",
        "storepact targets",
    ),
    "init": Entry(
        "Write a commented storepact.toml and a CI job into the repository, with what can be found out.",
        "storepact init",
    ),
    "completion": Entry(
        "Print the script that completes commands and options in a shell.",
        "storepact completion bash > ~/.storepact.bash",
    ),
}

#: The groups of commands, each a package in this package.
GROUPS: Mapping[str, Entry] = {
    "contracts": Entry("What consumers rely on, compared with the OpenAPI document; no target is needed."),
    "history": Entry("List the runs that were kept, show one again, draw trends."),
    "corpus": Entry(
        "The pinned cases that the gate sends every time: make them again, show what they reach."
    ),
    "config": Entry("Show the configuration and where each value comes from; print its schema."),
    "store": Entry("The store behind big segments: whether SDKs can read what the writer left there."),
}

#: Examples of the commands of groups.
_EXAMPLES = {
    "contracts check": "storepact contracts check pacts/ --strict",
    "contracts impact": "storepact contracts impact /version 404",
    "contracts publish": "storepact contracts publish --version 1.2.3 --branch main",
    "contracts can-i-deploy": "storepact contracts can-i-deploy --version 1.2.3 --to-environment live",
    "history": "storepact history --limit 5",
    "history show": "storepact history show latest-green",
    "history trends": "storepact history trends --target mock",
    "store check": "storepact store check --redis rediss://stores.example.com:6380",
    "corpus refresh": "storepact corpus refresh",
    "corpus adopt": "storepact corpus adopt storepact-report",
    "corpus minimize": "storepact corpus minimize",
    "corpus stats": "storepact corpus stats --json",
    "config show": "storepact config show",
    "config schema": "storepact config schema > storepact.schema.json",
}


#: Groups that do nothing without one of their commands.
GROUPS_WITHOUT_COMMAND = tuple(group for group in GROUPS if group not in _EXAMPLES)


def example_line(command: str) -> str:
    """A call of a command that can be pasted; empty where there is none."""
    entry = COMMANDS.get(command)
    return entry.example if entry else _EXAMPLES.get(command, "")


def example_of(command: str) -> str:
    """The end of a command's help: a call that can be pasted."""
    return f"Example:\n  {example_line(command)}"
