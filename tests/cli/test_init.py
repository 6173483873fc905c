"""`storepact init`: what it writes, what it finds out, and that it overwrites nothing."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

import commands

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty repository."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


def init(folder: Path, *words: object) -> str:
    """What the command prints."""
    result = commands.call("init", *words, cwd=folder)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def files(folder: Path) -> set[str]:
    """All files of a folder but those of git."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {
        path.relative_to(folder).as_posix() for path in (folder / ".git").rglob("*")
    }


def steps(folder: Path) -> list[str]:
    """The commands of storepact in the job of GitHub."""
    job = yaml.safe_load((folder / ".github" / "workflows" / "storepact.yml").read_text())
    return [step["with"]["command"] for step in job["jobs"]["storepact"]["steps"] if "with" in step]


def test_an_empty_repository(folder: Path) -> None:
    """The file can be used, and the job is for GitHub."""
    assert "the job is for github: nothing says otherwise" in init(folder)
    assert files(folder) == {"storepact.toml", ".github/workflows/storepact.yml"}
    assert steps(folder) == ["verify"]
    shown = commands.call("config", "show", cwd=folder)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "mock\tstorepact.toml:" in shown.stdout
    assert commands.call("targets", cwd=folder).returncode == 0


def test_every_commented_key_can_be_used(folder: Path) -> None:
    """Without the comment signs the file is still one that the program accepts."""
    init(folder)
    path = folder / "storepact.toml"
    path.write_text(re.sub(r"(?m)^# ([a-z-]+ = )", r"\1", path.read_text()))
    values = tomllib.loads(path.read_text())
    assert values["targets"]["staging"]["allow-writes"] is True
    shown = commands.call("config", "show", "--target", "staging", cwd=folder)
    assert (shown.returncode, shown.stderr) == (0, "")


def test_what_the_repository_has_is_found(folder: Path) -> None:
    """The document of this API, not another one; the folder with pacts; the kind of CI by the remote."""
    (folder / "openapi.yaml").write_text("openapi: 3.1.0\npaths: {/other: {}}\n")
    (folder / "api").mkdir()
    shutil.copy(ROOT / "openapi" / "persistent-store-integrations.yaml", folder / "api" / "ours.yaml")
    (folder / "contracts").mkdir()
    (folder / "contracts" / "settings.json").write_text("{}")
    (folder / "pacts").mkdir()
    shutil.copy(ROOT / "contracts" / "store-operator.json", folder / "pacts")
    subprocess.run(
        ["git", "-C", str(folder), "remote", "add", "origin", "git@gitlab.example.com:a/b.git"], check=True
    )
    assert "the job is for gitlab: the remote is on gitlab.example.com" in init(folder)
    values = tomllib.loads((folder / "storepact.toml").read_text())
    assert (values["openapi"], values["contracts"]) == ("api/ours.yaml", "pacts")
    job = yaml.safe_load((folder / ".gitlab-ci.yml").read_text())["storepact"]
    assert [line.split()[1] for line in job["script"]] == ["contracts", "verify"]


def test_the_ci_that_is_there_counts_before_the_remote(folder: Path) -> None:
    """A pipeline of GitLab is not overwritten: the job is a file to include."""
    (folder / ".gitlab-ci.yml").write_text("stages: [test]\n")
    output = init(folder)
    assert "add to .gitlab-ci.yml: include: [{local: .gitlab/storepact.yml}]" in output
    assert (folder / ".gitlab-ci.yml").read_text() == "stages: [test]\n"
    assert "storepact" in yaml.safe_load((folder / ".gitlab" / "storepact.yml").read_text())


def test_in_a_folder_of_the_repository(folder: Path) -> None:
    """The files are written into its root."""
    (folder / "sub").mkdir()
    assert "wrote ../storepact.toml" in init(folder / "sub", "--ci", "none")
    assert files(folder) == {"storepact.toml"}


def test_the_address_of_the_provider(folder: Path) -> None:
    """It becomes the target that is used without --target."""
    init(folder, "--target", "http://127.0.0.1:8080/", "--ci", "none")
    shown = commands.call("config", "show", cwd=folder)
    assert "target\thttp://127.0.0.1:8080\tstorepact.toml:" in shown.stdout


@pytest.mark.parametrize("existing", ["storepact.toml", ".github/workflows/storepact.yml"])
def test_nothing_is_overwritten(folder: Path, existing: str) -> None:
    """If one of the files exists none is written; --force writes both."""
    (folder / existing).parent.mkdir(parents=True, exist_ok=True)
    (folder / existing).write_text("mine = [")
    result = commands.call("init", cwd=folder)
    assert result.returncode == 2
    assert f"{existing} exists already: nothing was written; --force overwrites" in result.stderr
    assert files(folder) == {existing}
    init(folder, "--force")
    assert "mine = [" not in (folder / existing).read_text()
    init(folder, "--force", "--ci", "gitlab")
    init(folder, "--force", "--ci", "gitlab")
    assert not (folder / ".gitlab").exists()


def test_a_section_of_pyproject_is_not_hidden(folder: Path) -> None:
    """The new file would count in its place."""
    (folder / "pyproject.toml").write_text("[tool.storepact]\nseed = 1\n")
    result = commands.call("init", cwd=folder)
    assert (result.returncode, files(folder)) == (2, {"pyproject.toml"})
    assert "pyproject.toml:1 has [tool.storepact] already" in result.stderr


@pytest.mark.parametrize(
    "words", [("--ci", "jenkins"), ("--target", "provider"), ("--target", "https://u:p@h")]
)
def test_what_cannot_be_used_is_refused(folder: Path, words: tuple[str, ...]) -> None:
    """Another CI, a target that is no address, credentials."""
    result = commands.call("init", *words, cwd=folder)
    assert (result.returncode, files(folder)) == (2, set())


def test_a_folder_that_cannot_be_made(folder: Path) -> None:
    """Nothing is written then."""
    (folder / ".github").write_text("")
    result = commands.call("init", "--ci", "github", cwd=folder)
    assert (result.returncode, files(folder)) == (2, {".github"})
    assert "cannot be made" in result.stderr
