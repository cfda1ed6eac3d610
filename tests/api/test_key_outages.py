"""Without its key an organisation has no second factors, and movements all the same; nothing is started anew (V-08)."""

from support.api_orgs import ApiOrg
from support.guests import member
from support.server_process import ServerProcess


def test_postings_go_on_while_a_key_cannot_be_made_and_the_key_is_found_again(
    server: ServerProcess, org: ApiOrg
) -> None:
    browser = member(org).sign_in()
    folder = server.data_dir / "secrets" / "wrapping-keys"
    aside = folder.with_name("wrapping-keys-aside")
    if folder.exists():
        folder.rename(aside)
    folder.write_bytes(b"no folder")
    try:
        refused = browser.ask("POST", "/second-factor")
        posted = org.post("/movements", {"kind": "receipt", "item": "BOLT", "quantity": "1", "target": "A"})
    finally:
        folder.unlink()
        if aside.exists():
            aside.rename(folder)

    assert refused.refused == (503, "key-unavailable")
    assert refused.headers["retry-after"] == "5"
    assert posted.status == 201
    assert browser.ask("POST", "/second-factor").status == 200
