"""`velaurum doctor` says of a key that was lost, or is another one, what can be known by it no more (V-06, V-11)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from support.command import Installation
from velaurum import secret_files
from velaurum.jobs import callback_secrets
from velaurum.webhooks import signing_keys

JOBS, WEBHOOKS = "The secrets of integration jobs are known", "The secrets of webhooks can be made"


@contextmanager
def otherwise(installation: Installation, name: str, content: bytes | None) -> Iterator[None]:
    """Have a secret file hold something else, or be no file that can be read, for the length of a block."""
    path = installation.data_dir / secret_files.FOLDER / name
    kept = path.with_name(f"{name}.kept")
    path.rename(kept)
    if content is None:
        path.mkdir(mode=0o700)
    else:
        path.write_bytes(content)
        path.chmod(0o600)
    try:
        yield
    finally:
        path.rmdir() if content is None else path.unlink()
        kept.rename(path)


def failed(installation: Installation) -> dict[str, Any]:
    checks = json.loads(installation.command("doctor", "--json").stdout)["checks"]
    return {one["check"]: one["mend"] for one in checks if one["state"] == "failed"}


@pytest.mark.parametrize("content", [b"\x07" * 32, b"", None], ids=["another", "empty", "unreadable"])
def test_a_key_of_callbacks_that_is_not_the_one_is_named_while_a_job_is_open(
    installation: Installation, content: bytes | None
) -> None:
    tenant = installation.tenant()
    job_id = tenant.keeper("integration-job", "create", "scan", "--json").document["id"]
    with otherwise(installation, callback_secrets.FILE, content):
        found = failed(installation)
        assert tenant.keeper("integration-job", "cancel", job_id).code == 0
        afterwards = failed(installation)

    assert f"1 of {tenant.code}" in found[JOBS]
    assert callback_secrets.FILE in found[JOBS]
    # Others may have open jobs in this installation.
    assert tenant.code not in afterwards.get(JOBS, "")
    assert failed(installation) == {}


@pytest.mark.parametrize("content", [b"\x07" * 32, b"", None], ids=["another", "empty", "unreadable"])
def test_a_key_of_webhooks_that_is_not_the_one_is_named(
    installation: Installation, content: bytes | None
) -> None:
    tenant = installation.tenant()
    assert tenant.admin("webhook", "create", "erp", "--to", "https://erp.example.com/").code == 0
    with otherwise(installation, signing_keys.FILE, content):
        found = failed(installation)
    disabled = tenant.admin("webhook", "disable", "erp")

    assert f"{tenant.code} erp" in found[WEBHOOKS]
    assert disabled.code == 0
    assert failed(installation) == {}
