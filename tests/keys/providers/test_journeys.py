"""The whole key path in the real server (V-08, V-09): what is sealed goes dark with its provider, and comes back."""

import time

import pytest
from pkcs11 import Attribute

from keys.providers.test_pkcs11_tokens import in_token
from keys.providers.ways import EVERY_WAY, LONGEST_S, Kept
from support.api_orgs import RECEIPT, ApiOrg
from support.guests import Guest, member
from support.softhsm import Token
from support.staff import administrator
from velaurum.keys import shares
from velaurum.keys.pkcs11_tokens import Pkcs11Tokens

NOTE = "left at gate 4"


def enrolled(kept: Kept) -> Guest:
    """Return somebody whose second factor is sealed."""
    ada = member(kept.org)
    ada.enrol(ada.sign_in())
    return ada


def noted(org: ApiOrg) -> str:
    """Return the movement of somebody who wrote a note to it."""
    staff = administrator(org)
    keeper = staff.issues(staff.hires())["token"]
    body, path = {**RECEIPT, "note": NOTE}, f"{org.path}/movements"
    posted = org.client.post(path, body, token=keeper, key="noted")
    assert posted.status == 201, posted
    return str(posted.json["id"])


@EVERY_WAY
def test_what_was_sealed_goes_dark_with_its_provider_and_opens_again_when_it_is_back(kept: Kept) -> None:
    first = kept.server()
    ada = enrolled(kept)
    first.stop()
    kept.server()
    ada.org = kept.org

    kept.way.go_dark()

    dark = ada.try_sign_in(code=ada.code())
    assert (dark.status, dark.json["code"]) == (503, "key-unavailable")
    assert kept.org.movement(RECEIPT)["quantity"] == "24"
    kept.way.come_back()
    deadline = time.monotonic() + LONGEST_S
    while (light := ada.try_sign_in(code=ada.code())).status == 503:
        assert time.monotonic() < deadline, light
        time.sleep(0.2)
    assert light.status == 200
    (key,) = kept.wrapping_keys()
    assert (key.provider, key.name) == (kept.told["key_provider"], kept.org.org_id)


@pytest.mark.parametrize("kept", ["pkcs11"], indirect=True)
def test_the_key_of_the_whole_path_never_leaves_its_token(kept: Kept, token: Token) -> None:
    kept.server()
    enrolled(kept)

    (key,) = kept.wrapping_keys()

    Pkcs11Tokens(token.module, token.label, lambda: token.pin).newest(key.name)
    found = in_token(token, key)
    assert (found[Attribute.NEVER_EXTRACTABLE], found[Attribute.ALWAYS_SENSITIVE]) == (True, True)
    # Nothing of it is in the data directory: a file is what the default would have made.
    assert not list(kept.place.rglob("wrapping-keys/*"))


@EVERY_WAY
def test_keys_are_rotated_beside_a_server_and_what_was_sealed_before_opens_after(kept: Kept) -> None:
    first = kept.server()
    ada = enrolled(kept)
    note = noted(kept.org)
    (old,) = kept.wrapping_keys()
    kept.way.begin_rotating()

    rotated = kept.rotate("wrapping-key")

    if kept.way.end_rotating is not None:
        # The holder has the old version still: it is not said to be destroyed.
        assert rotated.envelope["code"] == "key-unavailable"
        assert kept.wrapping_keys("retired") == [old]
        kept.way.end_rotating()
        rotated = kept.move()
    assert rotated.code == 0, rotated.stderr
    assert kept.wrapping_keys("destroyed") == [old]
    (new,) = kept.wrapping_keys()
    assert (new.provider, new.name) == (old.provider, old.name)
    # A secret, a note, the key of indexes; two names, the logins of an invitation and of a password, and these with the
    # names as five versions have them.
    assert kept.rotate("data-keys").document["rows_sealed"] == 12
    first.stop()
    kept.server()
    ada.org = kept.org
    assert ada.try_sign_in(code=ada.code()).status == 200
    # A person's key is split, and its provider wraps 32 bytes as of any other.
    light = kept.org.get(f"/movements/{note}").json
    assert light["note"] == NOTE
    (kept.place / shares.FOLDER / kept.org.org_id / light["actor"]["id"]).unlink()
    assert kept.org.get(f"/movements/{note}").json["note"] == NOTE  # for as long as the key is open
    kept.server()
    dark = kept.org.get(f"/movements/{note}").json
    assert (dark["note"], dark["unavailable"]) == (None, ["note"])
