"""What a directory says goes dark with its provider, all of it; who leaves there is out here all the same (V-08)."""

import time
from contextlib import closing

import pytest

from keys.providers.ways import LONGEST_S, Kept
from support.authenticator import Authenticator
from support.browsers import sign_in
from support.directories import LEAVES, directory, told
from support.ledger_sql import APP
from support.passkeys import Holder, register
from support.staff import administrator
from velaurum.db.connection import Database

SAID = {"externalId": "4711", "displayName": "Ada Byron", "title": "Forewoman"}


@pytest.mark.parametrize("kept", ["pkcs11"], indirect=True)
def test_a_directory_gets_all_of_it_or_nothing_and_a_passkey_signs_in_without_keys(kept: Kept) -> None:
    first = kept.server()
    ada, bea = (directory(kept.org).hires(name, **{**SAID, "externalId": name}) for name in ("ada", "bea"))
    with closing(Database(kept.conninfo(APP), max_connections=2)) as door:
        holder = Holder(sign_in(door, kept.org, "auditor"), Authenticator(), "")
    holder.passkey_id = register(holder.browser, holder.authenticator, name="Phone")
    first.stop()
    kept.way.go_dark()
    # What is opened before it is ready stays open for a while: here nothing can be.
    kept.server()
    holder.browser.org = kept.org
    at_work = directory(kept.org)

    path = f"/Users/{ada['id']}"
    for path_of in (path, "/Users", "/Users?filter=userName%20eq%20%22ada%22"):
        assert told(at_work.get(path_of)) == (503, None), path_of
    for method, body in (("PUT", {"userName": "x"}), ("PATCH", {"Operations": [LEAVES]})):
        assert told(at_work.ask(method, path, body)) == (503, None)
    assert told(at_work.ask("POST", "/Users", {"userName": "new"})) == (503, None)
    listed = administrator(kept.org).get("/scim-users")
    assert [(one["user_name"], one["external_id"]) for one in listed.json["data"]] == [(None, None)] * 2
    assert holder.sign_in().status == 200
    assert at_work.ask("DELETE", f"/Users/{bea['id']}").status == 204
    kept.way.come_back()
    deadline = time.monotonic() + LONGEST_S
    while (light := at_work.get(path)).status == 503:
        assert time.monotonic() < deadline, light
        time.sleep(0.2)
    assert light.json == {**ada, "meta": light.json["meta"]}
    assert told(at_work.get(f"/Users/{bea['id']}")) == (404, None)
