"""Signing in without a provider: from the invitation to the password, the second factor and its recovery code."""

from support.api_orgs import ApiOrg
from support.guests import OTHER_PASSWORD, PASSWORD, guest, invite, member
from support.staff import administrator


def test_from_an_invitation_to_a_recovery_code(org: ApiOrg) -> None:
    ada = guest(org, "auditor")

    redeemed = ada.redeem()
    assert (redeemed.status, redeemed.json) == (200, {"login": "ada"})
    browser = ada.sign_in()
    shown = browser.ask("GET", "/session").json
    assert (shown["principal"]["id"], shown["method"]) == (ada.principal_id, "password")
    assert browser.ask("GET", "/balances").status == 200

    codes = ada.enrol(browser)
    assert len(set(codes)) == 10
    assert browser.ask("DELETE", "/session").status == 200
    assert browser.ask("GET", "/balances").status == 401

    asked = ada.try_sign_in()
    assert (asked.status, asked.json["code"]) == (401, "second-factor-required")
    again = ada.sign_in(code=ada.code())
    assert again.ask("GET", "/second-factor").json["recovery_codes_left"] == 10
    again.ask("DELETE", "/session")

    by_recovery = ada.sign_in(code=codes[3].lower().replace("-", " "))
    assert by_recovery.ask("GET", "/second-factor").json["recovery_codes_left"] == 9
    assert ada.try_sign_in(code=codes[3]).json["code"] == "unauthenticated"


def test_an_invitation_is_redeemed_once(org: ApiOrg) -> None:
    ada = member(org)

    repeated = ada.redeem(OTHER_PASSWORD)

    assert (repeated.status, repeated.json["code"]) == (401, "unauthenticated")
    assert ada.try_sign_in(PASSWORD).status == 200


def test_a_new_invitation_withdraws_the_one_before(org: ApiOrg) -> None:
    first = guest(org)

    second = invite(org, first.principal_id)

    assert first.redeem().status == 401
    assert second.redeem().status == 200


def test_a_repeated_invitation_shows_no_secret(org: ApiOrg) -> None:
    admin = administrator(org)
    path = f"/principals/{admin.hires()}/invitations"
    made = admin.post(path, {"login": "ada"}, key="once")

    repeated = admin.post(path, {"login": "ada"}, key="once")

    assert (made.status, repeated.status) == (201, 200)
    assert repeated.json == {**made.json, "secret": None}


def test_a_redeemed_invitation_takes_away_what_was_there_before(org: ApiOrg) -> None:
    ada = member(org)
    browser = ada.sign_in()
    ada.enrol(browser)

    again = invite(org, ada.principal_id)
    assert browser.ask("GET", "/session").status == 200
    assert again.redeem(OTHER_PASSWORD).status == 200

    assert browser.ask("GET", "/balances").status == 401
    assert ada.try_sign_in(PASSWORD, code=ada.code()).status == 401
    assert ada.try_sign_in(OTHER_PASSWORD).status == 200


def test_a_changed_password_ends_the_other_sessions(org: ApiOrg) -> None:
    ada = member(org)
    here, elsewhere = ada.sign_in(), ada.sign_in()

    wrong = here.ask("PUT", "/password", {"old": OTHER_PASSWORD, "new": OTHER_PASSWORD})
    assert (wrong.status, wrong.json["errors"][0]["pointer"]) == (400, "/old")
    changed = here.ask("PUT", "/password", {"old": PASSWORD, "new": OTHER_PASSWORD})

    assert (changed.status, changed.json["login"]) == (200, "ada")
    assert here.ask("GET", "/session").status == 200
    assert elsewhere.ask("GET", "/session").status == 401
    assert ada.try_sign_in(PASSWORD).status == 401
    assert ada.try_sign_in(OTHER_PASSWORD).status == 200


def test_sessions_are_listed_and_ended_by_their_owner(org: ApiOrg) -> None:
    ada, bob = member(org), member(org, login="bob")
    here, elsewhere, others = ada.sign_in(), ada.sign_in(), bob.sign_in()
    there = elsewhere.ask("GET", "/session").json["id"]

    listed = [one["id"] for one in here.ask("GET", "/sessions").json["data"]]
    foreign = here.ask("DELETE", f"/sessions/{others.ask('GET', '/session').json['id']}")
    ended = here.ask("DELETE", f"/sessions/{there}")

    assert listed == [there, here.ask("GET", "/session").json["id"]]
    assert foreign.status == 404
    assert (ended.status, ended.json["id"]) == (200, there)
    # The gate remembers a session for a second; entering the organisation does not.
    assert (elsewhere.ask("GET", "/balances").status, others.ask("GET", "/balances").status) == (401, 200)


def test_new_recovery_codes_take_the_place_of_the_old_ones(org: ApiOrg) -> None:
    ada = member(org)
    browser = ada.sign_in()
    old = ada.enrol(browser)

    new = browser.ask("POST", "/second-factor/recovery-codes").json["recovery_codes"]

    assert not set(old) & set(new)
    assert ada.try_sign_in(code=old[0]).status == 401
    assert ada.try_sign_in(code=new[0]).status == 200


def test_a_second_factor_that_was_taken_away_is_not_asked_for(org: ApiOrg) -> None:
    ada = member(org)
    browser = ada.sign_in()
    ada.enrol(browser)

    removed = browser.ask("DELETE", "/second-factor")

    assert removed.json == {"confirmed_at": None, "recovery_codes_left": 0}
    assert ada.try_sign_in().status == 200


def test_who_is_disabled_has_no_way_in_any_more(org: ApiOrg) -> None:
    admin, ada, bob = administrator(org), member(org), guest(org, login="bob")
    browser = ada.sign_in()

    for one in (ada, bob):
        assert admin.post(f"/principals/{one.principal_id}/disabling").status == 200

    assert browser.ask("GET", "/session").status == 401
    assert ada.try_sign_in().status == 401
    assert bob.redeem().status == 401
    for one in (ada, bob):
        assert admin.post(f"/principals/{one.principal_id}/enabling").status == 200
    assert ada.try_sign_in().status == 401
    assert bob.redeem().status == 401


def test_who_did_what_is_in_the_record_without_any_secret(org: ApiOrg) -> None:
    ada = member(org)
    browser = ada.sign_in()
    ada.enrol(browser)

    record = administrator(org).get("/identity-changes")

    of_ada = [
        (one["subject"]["kind"], one["action"], one["actor"]["id"] == ada.principal_id)
        for one in record.json["data"]
        if one["subject"]["kind"] in ("invitation", "password", "second-factor")
    ]
    assert of_ada == [
        ("second-factor", "changed", True),
        ("second-factor", "created", True),
        ("password", "created", True),
        ("invitation", "changed", True),
        ("invitation", "created", False),
    ]
    for secret in ("hash", "phc", "sealed", "argon2", ada.secret, ada.uri):
        assert secret.encode() not in record.body
