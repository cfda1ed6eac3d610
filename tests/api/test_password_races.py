"""What is good for one time, tried many times at once; and guesses, which have to wait longer and longer."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

from support.api_orgs import ApiOrg
from support.guests import OTHER_PASSWORD, PASSWORD, at_once, guest, member, owe, try_sign_in, wait
from support.http_client import Client
from support.server_process import ServerProcess, running
from velaurum.db.connection import Database


def test_of_two_redemptions_at_once_one_counts(org: ApiOrg) -> None:
    ada = guest(org)

    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(ada.redeem_apart, (PASSWORD, OTHER_PASSWORD)))

    assert Counter(one.status for one in replies) == {200: 1, 401: 1}
    assert Counter(ada.try_sign_in(one).status for one in (PASSWORD, OTHER_PASSWORD)) == {200: 1, 401: 1}


def test_of_one_code_at_once_one_signs_in(org: ApiOrg) -> None:
    ada = member(org)
    ada.enrol(ada.sign_in())

    code = ada.code()

    statuses = Counter(one.status for one in at_once(org, 4, "ada", PASSWORD, code=code))

    assert statuses == {200: 1, 401: 3}
    assert ada.try_sign_in(code=code).status == 401
    assert ada.try_sign_in(code=ada.code(1)).status == 200


def test_of_one_recovery_code_at_once_one_signs_in(org: ApiOrg) -> None:
    ada = member(org)
    codes = ada.enrol(ada.sign_in())

    statuses = Counter(one.status for one in at_once(org, 4, "ada", PASSWORD, code=codes[0]))

    assert statuses == {200: 1, 401: 3}


def test_a_few_mistakes_are_free(org: ApiOrg) -> None:
    ada = member(org)

    mistakes = [ada.try_sign_in(OTHER_PASSWORD).status for _ in range(4)]

    assert mistakes == [401] * 4
    assert [ada.try_sign_in().status for _ in range(6)] == [200] * 6


def test_guesses_are_delayed_and_a_stranger_delays_one_login_alone(org: ApiOrg, api_door: Database) -> None:
    ada, bob = member(org), member(org, login="bob")
    ada.try_sign_in(OTHER_PASSWORD)
    owe(api_door, org, "login", 8)

    told = Counter(one.status for one in at_once(org, 8, "ada", OTHER_PASSWORD))
    delayed = ada.try_sign_in()

    assert told == {401: 1, 429: 7}
    assert delayed.refused == (429, "rate-limited")
    assert 1 <= int(delayed.headers["retry-after"]) <= 60
    assert bob.try_sign_in().status == 200
    wait(api_door, org, int(delayed.headers["retry-after"]))
    assert [ada.try_sign_in().status for _ in range(2)] == [200, 200]


def test_an_unknown_login_is_delayed_as_a_known_one(org: ApiOrg, api_door: Database) -> None:
    member(org)
    for login in ("ada", "nobody"):
        assert try_sign_in(org, login, OTHER_PASSWORD).status == 401
    owe(api_door, org, "login", 8)

    known, unknown = (at_once(org, 4, login, OTHER_PASSWORD) for login in ("ada", "nobody"))

    for told in (known, unknown):
        assert Counter(one.status for one in told) == {401: 1, 429: 3}


def test_whoever_knows_the_password_guesses_few_codes(org: ApiOrg, api_door: Database) -> None:
    ada = member(org)
    ada.enrol(ada.sign_in())
    assert ada.try_sign_in(code="000000").status == 401
    owe(api_door, org, "second-factor", 8)

    told = at_once(org, 4, "ada", PASSWORD, code="000000")

    assert Counter(one.status for one in told) == {401: 1, 429: 3}
    assert ada.try_sign_in(code=ada.code()).status == 429
    wait(api_door, org, 60)
    assert ada.try_sign_in(code=ada.code()).status == 200


def test_a_crowd_is_turned_away_and_others_go_on(org: ApiOrg, other_org: ApiOrg) -> None:
    bob = member(other_org, login="bob")

    with ThreadPoolExecutor(1) as pool:
        crowd = pool.submit(at_once, org, 24, "nobody{}", PASSWORD)
        time.sleep(0.2)
        came_in = bob.try_sign_in()
        told = Counter(one.status for one in crowd.result())

    assert came_in.status == 200
    assert set(told) == {401, 503}
    assert told[401] >= 8


def test_two_servers_count_together(
    org: ApiOrg, server: ServerProcess, api_database: str, api_door: Database
) -> None:
    member(org).try_sign_in(OTHER_PASSWORD)
    owe(api_door, org, "login", 8)

    with running(server.data_dir, api_database) as second:
        others = replace(org, client=Client(second.url))
        with closing(others.client), ThreadPoolExecutor(2) as pool:
            told = pool.map(lambda one: at_once(one, 4, "ada", OTHER_PASSWORD), (org, others))
            statuses = Counter(one.status for replies in told for one in replies)

    assert statuses == {401: 1, 429: 7}
