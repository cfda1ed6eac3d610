"""While no key can be made nobody is hired, and movements go on all the same; nothing is started anew (V-08)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.api_orgs import ApiOrg
from support.server_process import ServerProcess

ADA = {"name": "Ada", "kind": "user"}


@contextmanager
def without_keys(data_dir: Path) -> Iterator[None]:
    """Let the keystore be away, with every key that is open somewhere still open."""
    folder = data_dir / "secrets" / "wrapping-keys"
    aside = folder.with_name("wrapping-keys-aside")
    if folder.exists():
        folder.rename(aside)
    folder.write_bytes(b"no folder")
    try:
        yield
    finally:
        folder.unlink()
        if aside.exists():
            aside.rename(folder)


def test_while_no_key_can_be_made_nobody_is_hired_and_the_rest_goes_on(
    server: ServerProcess, org: ApiOrg
) -> None:
    size = org.log_size()
    with without_keys(server.data_dir):
        refused = org.post("/principals", ADA, key="ada", role="org-admin")
        nothing = org.log_size()
        posted = org.post("/movements", {"kind": "receipt", "item": "BOLT", "quantity": "1", "target": "A"})
        service = org.post("/principals", {"name": "scanner", "kind": "service"}, role="org-admin")

    assert refused.refused == (503, "key-unavailable")
    assert refused.headers["retry-after"] == "5"
    assert nothing == size
    assert (posted.status, service.status) == (201, 201)
    assert org.post("/principals", ADA, key="ada", role="org-admin").status == 201
