"""The container files, as far as they can be tried without a container engine."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import yaml

from tests.builders import a_study_folder
from tests.served import ROOT, Visitor, free_port

IMAGE = (ROOT / "Containerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "annotation" / "settings.py").read_text(encoding="utf-8")


def instructions(name: str) -> list[str]:
    """The arguments of every such instruction, continued lines joined."""
    joined = re.sub(r"\\\n\s*", " ", IMAGE)
    return re.findall(rf"^{name} (.+)$", joined, flags=re.M)


def environment() -> dict[str, str]:
    (line,) = instructions("ENV")
    return dict(part.split("=", 1) for part in shlex.split(line))


def test_the_files_that_the_image_holds_are_enough_to_serve_a_study(tmp_path: Path) -> None:
    image, study = tmp_path / "image", a_study_folder(tmp_path / "study")
    image.mkdir()
    for copied in instructions("COPY"):
        *sources, target = copied.split()
        for source in sources:
            where = image / target if target not in (".", "./") else image / source
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, where, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, where)
    port = free_port()
    here = {"STUDY": str(study), "PORT": str(port), "HOST": "127.0.0.1", "PATH": os.environ["PATH"]}
    with subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=image,
        env={**environment(), **here},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            assert str(port) in process.stdout.readline()
            with httpx.Client(base_url=f"http://127.0.0.1:{port}") as browser:
                assert browser.get("/readyz").text == "ready"
                visitor = Visitor(browser)
                visitor.join()
                assert visitor.start()["task"]["rows"]
        finally:
            process.terminate()
            _, err = process.communicate(timeout=30)
    assert process.returncode in (0, -signal.SIGTERM), err


def test_the_image_has_a_python_that_the_project_supports() -> None:
    (image,) = instructions("FROM")
    version = re.fullmatch(r"python:3\.(\d+)-slim", image)
    assert version is not None
    assert int(version[1]) >= 11


def test_the_image_does_not_run_as_root() -> None:
    assert instructions("USER") == ["tiebreak"]


def test_what_is_copied_into_the_image_is_not_ignored() -> None:
    ignored = (ROOT / ".containerignore").read_text(encoding="utf-8")
    assert ignored == (ROOT / ".dockerignore").read_text(encoding="utf-8")
    kept = {line[1:] for line in ignored.splitlines() if line.startswith("!")}
    sources = {source for copied in instructions("COPY") for source in copied.split()[:-1]}
    assert sources == kept


@pytest.mark.parametrize("name", [*environment(), *COMPOSE["services"]["app"]["environment"]])
def test_every_variable_that_is_set_is_a_setting(name: str) -> None:
    elsewhere = {"HOME", "PYTHONUNBUFFERED", "GRADIO_ANALYTICS_ENABLED", "HF_HUB_DISABLE_TELEMETRY"}
    assert name in elsewhere or f'"{name}"' in SETTINGS


def test_a_host_with_containers_can_set_all_that_is_not_set_for_them() -> None:
    """Else a setting that the README tells of would do nothing with compose."""
    rows = re.findall(r"^\| (`[A-Z_, `]+`) \|", README, flags=re.M)
    told = {name for row in rows for name in re.findall(r"[A-Z_]+", row)}
    of_the_image = {*environment(), "DATABASE_URL"}
    of_a_space = {name for name in told if name.startswith("MIRROR")} | {"RESEARCHERS"}
    of_the_hub = {"STUDIES"}  # compose brings the study as a folder
    left = told - of_the_image - of_a_space - of_the_hub
    assert "SECRET" in left
    assert left <= {*COMPOSE["services"]["app"]["environment"]}


def test_compose_has_no_default_secret_or_password() -> None:
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    for name in ("SECRET", "POSTGRES_PASSWORD"):
        assert re.findall(rf"\$\{{{name}(?!\w|:\?)[^}}]*\}}", text) == []


def test_nginx_understands_its_configuration(tmp_path: Path) -> None:
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if nginx is None:
        pytest.skip("nginx is not installed")
    server = (ROOT / "docs" / "nginx.conf").read_text(encoding="utf-8")
    whole = tmp_path / "nginx.conf"
    temporary = "".join(
        f"{name}_temp_path {tmp_path / name};" for name in ("client_body", "proxy", "fastcgi")
    )
    listen = f"listen 127.0.0.1:{free_port()};"
    whole.write_text(
        f"pid {tmp_path / 'pid'}; error_log stderr; events {{}} "
        f"http {{ access_log off; {temporary} {server.replace('listen 80;', listen)} }}"
    )
    checked = subprocess.run(
        [nginx, "-t", "-p", str(tmp_path), "-c", str(whole)], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    ("packages", "status", "said"),
    [
        ([{"name": "a", "version": "1", "vulns": []}], 0, "1 of 1 packages looked up"),
        (
            [{"name": "a", "version": "1", "vulns": [{"id": "X-1", "fix_versions": ["2"]}]}],
            1,
            "a 1: X-1, fixed in 2",
        ),
        ([{"name": "a", "skip_reason": "not found"}], 2, "could not be looked up (a ...)"),
    ],
)
def test_the_audit_says_what_it_found_and_what_it_could_not_look_up(
    tmp_path: Path, packages: list[dict[str, object]], status: int, said: str
) -> None:
    stand_in = tmp_path / "pip-audit"
    report = json.dumps({"dependencies": packages})
    stand_in.write_text(f"#!/bin/sh\necho '{report}'\n")
    stand_in.chmod(0o755)
    ended = subprocess.run(
        [sys.executable, ".ci/audit.py", str(stand_in), "packages"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == status
    assert said in ended.stdout


def test_an_audit_without_its_source_says_so(tmp_path: Path) -> None:
    stand_in = tmp_path / "pip-audit"
    stand_in.write_text("#!/bin/sh\necho 'Connection refused' >&2\nexit 1\n")
    stand_in.chmod(0o755)
    ended = subprocess.run(
        [sys.executable, ".ci/audit.py", str(stand_in), "packages"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr == "the source of vulnerabilities was not reached: Connection refused\n"
