"""The scan of the repository for secrets: it passes as it is, and stops at keys that are planted in a copy (V-10)."""

import secrets
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from tidy import secret_scan
from velaurum.identity.secrets import mint

ROOT = Path(__file__).parents[1]
_ARMOUR = "PRIVATE KEY"
TOKEN = mint(str(uuid.uuid4()), str(uuid.uuid4())).text
PASSWORD = secrets.token_urlsafe(24)
# Where each is planted, and how it is written there.
PLANTED = {
    "docs/guide/jobs.md": f"export VELAURUM_TOKEN={TOKEN}",
    "deploy/functions/host.json": f"-----BEGIN {_ARMOUR}-----",
    "src/velaurum/config.py": f'aws = "AKIA{secrets.token_hex(8).upper()}"',
    "src/velaurum/texts.py": f'URL = "https://ann:{PASSWORD}@example.com/"  # pragma: allowlist secret',
    "tests/vectors/policies.json": f"-----BEGIN RSA {_ARMOUR}-----",
    "velaurum.toml": f'database_password = "{PASSWORD}"',
    ".github/anything.yaml": f'key: "{secrets.token_hex(32)}"',
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy what is in the repository into one of its own, with a key in some files, and one file without its reason."""
    made = tmp_path_factory.mktemp("copy")
    for path in secret_scan._paths(ROOT):
        (made / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, made / path)
    for path, line in PLANTED.items():
        (made / path).parent.mkdir(parents=True, exist_ok=True)
        with (made / path).open("a") as file:
            file.write(f"\n{line}\n")
    gone = made / "src/velaurum/identity/one_time_codes.py"
    gone.write_text("")
    words = ["git", "init", "-q", str(made)]
    subprocess.run(words, check=True)
    return made


@pytest.fixture(scope="module")
def scanned(copy: Path) -> subprocess.CompletedProcess[str]:
    """Run the scan as `make lint` does."""
    words = [sys.executable, "-m", "tidy.secret_scan", str(copy)]
    return subprocess.run(words, cwd=ROOT / "tests", capture_output=True, text=True, check=False)


def test_no_secret_stands_in_the_repository_without_a_reason() -> None:
    assert secret_scan.findings(ROOT) == []


def test_a_planted_key_fails_the_scan(scanned: subprocess.CompletedProcess[str]) -> None:
    assert scanned.returncode == 1, scanned.stderr


@pytest.mark.parametrize("path", PLANTED)
def test_each_planted_key_is_named_by_its_place(scanned: subprocess.CompletedProcess[str], path: str) -> None:
    told = [line for line in scanned.stdout.splitlines() if line.startswith(f"{path}:")]

    assert told, scanned.stdout


def test_nothing_that_was_found_is_repeated(scanned: subprocess.CompletedProcess[str]) -> None:
    assert TOKEN not in scanned.stdout
    assert PASSWORD not in scanned.stdout


def test_a_reason_whose_secret_is_gone_fails_too(scanned: subprocess.CompletedProcess[str]) -> None:
    told = scanned.stdout.splitlines()

    assert any(line.startswith("src/velaurum/identity/one_time_codes.py: ") for line in told)
    places = {line.partition(":")[0] for line in told}
    assert places == {*PLANTED, "src/velaurum/identity/one_time_codes.py"}


def test_what_only_looks_like_a_token_of_ours_is_none(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(
        f"one {TOKEN}\nanother {TOKEN[:-1]}{'0' if TOKEN[-1] != '0' else '1'}\n"
    )

    found = secret_scan.scan(tmp_path, "page.md", is_written=False)

    assert [(one.line, one.kind) for one in found] == [(1, secret_scan.OURS)]


def test_an_entry_without_a_reason_is_refused(tmp_path: Path) -> None:
    page = (ROOT / secret_scan.BASELINE).read_text("utf-8")
    (tmp_path / secret_scan.BASELINE).parent.mkdir(parents=True)
    (tmp_path / secret_scan.BASELINE).write_text(
        page + '\n[[finding]]\npath = "x.py"\nreason = " "\ndigests = ["00000000"]\n'
    )

    with pytest.raises(ValueError, match=r"x\.py has no reason"):
        secret_scan.baseline(tmp_path)
