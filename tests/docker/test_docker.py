"""The images and the compose file, checked without a daemon."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

DOCKER = Path(__file__).resolve().parents[2] / "docker"
IMAGES = sorted(DOCKER.glob("*.Dockerfile"))
BINARIES = Path(sys.executable).parent


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((DOCKER / "compose.yaml").read_text(encoding="utf-8")))


@pytest.mark.parametrize("image", IMAGES, ids=lambda p: p.name)
def test_hadolint_finds_nothing(image: Path) -> None:
    said = subprocess.run([BINARIES / "hadolint", "--no-color", image], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("image", IMAGES, ids=lambda p: p.name)
def test_images_run_as_nobody_special(image: Path) -> None:
    users = re.findall(r"^USER (\S+)", image.read_text(encoding="utf-8"), re.M)
    assert users and users[-1] not in ("root", "0")


@pytest.mark.parametrize("image", IMAGES, ids=lambda p: p.name)
def test_images_install_a_lock_by_hash_and_leave_secrets_and_data_outside(image: Path) -> None:
    lock = re.search(r"COPY (requirements/\S+\.txt)", image.read_text(encoding="utf-8"))
    assert lock and (DOCKER.parent / lock.group(1)).is_file()
    assert "--require-hashes" in image.read_text(encoding="utf-8")
    ignored = image.with_name(f"{image.name}.dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored[0] == "*" and not {"!docker", "!var", "!tests"} & set(ignored)
    missing = [line for line in ignored[1:] if line.startswith("!") and not (DOCKER.parent / line[1:]).exists()]
    assert not missing


def test_compose_keeps_to_the_specification() -> None:
    command = [BINARIES / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", DOCKER / "compose.yaml"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


def test_what_compose_names_is_there(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name, service in services.items():
        assert set(service.get("depends_on", ())) <= set(services), name
        assert set(service.get("secrets", ())) <= set(compose["secrets"]), name
        volumes = {volume.split(":")[0] for volume in service.get("volumes", ())}
        assert volumes <= set(compose["volumes"]), name
        if "build" in service:
            context = (DOCKER / service["build"]["context"]).resolve()
            assert (context / service["build"]["dockerfile"]).is_file(), name


def test_compose_holds_no_secret_and_opens_no_port_to_the_network(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for key, value in service.get("environment", {}).items():
            if re.search("PASSWORD|KEY|SECRET|SQL_ALCHEMY", key):
                assert key.endswith(("_FILE", "_CMD")) and "/run/secrets/" in value, f"{name}: {key}"
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ())), name
    assert all(secret["file"].startswith("secrets/") for secret in compose["secrets"].values())


def test_secrets_are_drawn_once_and_ignored_by_git(tmp_path: Path, compose: dict[str, Any]) -> None:
    script = tmp_path / "secrets.sh"
    script.write_bytes((DOCKER / "secrets.sh").read_bytes())
    for _ in range(2):
        subprocess.run(["sh", script], check=True)
        drawn = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
        assert {f"secrets/{name}" for name in drawn} == {s["file"] for s in compose["secrets"].values()}
    assert drawn == {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert drawn["database_password"] in drawn["database_url"]
    assert "docker/secrets/" in (DOCKER.parent / ".gitignore").read_text().splitlines()
