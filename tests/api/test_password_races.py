"""What is good for one time, tried many times at once; and guesses, which have to wait longer and longer."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

from support.api_orgs import ApiOrg
from support.guests import OTHER_PASSWORD, PASSWORD, at_once, guest, member
from support.http_client import Client
from support.server_process import ServerProcess, running


def test_of_two_redemptions_at_once_one_counts(org: ApiOrg) -> None:
    ada = guest(org)

    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(ada.redeem_apart, (PASSWORD, OTHER_PASSWORD)))

    assert Counter(one.status for one in replies) == {200: 1, 401: 1}
    assert Counter(ada.try_sign_in(one).status for one in (PASSWORD, OTHER_PASSWORD)) == {200: 1, 401: 1}


def test_of_one_code_at_once_one_signs_in(org: ApiOrg) -> None:
    ada = member(org)
    ada.enrol(ada.sign_in())

    statuses = Counter(one.status for one in at_once(org, 4, "ada", PASSWORD, code=ada.code()))

    assert statuses == {200: 1, 401: 3}
    assert ada.try_sign_in(code=ada.code()).status == 401
    assert ada.try_sign_in(code=ada.code(1)).status == 200


def test_of_one_recovery_code_at_once_one_signs_in(org: ApiOrg) -> None:
    ada = member(org)
    codes = ada.enrol(ada.sign_in())

    statuses = Counter(one.status for one in at_once(org, 4, "ada", PASSWORD, code=codes[0]))

    assert statuses == {200: 1, 401: 3}


def test_guesses_are_delayed_and_a_stranger_delays_one_login_alone(org: ApiOrg) -> None:
    ada, bob = member(org), member(org, login="bob")

    told = Counter(one.status for one in at_once(org, 8, "ada", OTHER_PASSWORD))
    delayed = ada.try_sign_in()

    assert told == {401: 5, 429: 3}
    assert delayed.status == 429
    assert 1 <= int(delayed.headers["retry-after"]) <= 60
    assert bob.try_sign_in().status == 200
    time.sleep(int(delayed.headers["retry-after"]))
    assert ada.try_sign_in().status == 200
    assert ada.try_sign_in().status == 200


def test_an_unknown_login_is_delayed_as_a_known_one(org: ApiOrg) -> None:
    member(org)

    known = Counter(one.status for one in at_once(org, 7, "ada", OTHER_PASSWORD))
    unknown = Counter(one.status for one in at_once(org, 7, "nobody", OTHER_PASSWORD))

    assert known == unknown == {401: 5, 429: 2}


def test_whoever_knows_the_password_guesses_few_codes(org: ApiOrg) -> None:
    ada = member(org)
    ada.enrol(ada.sign_in())

    statuses = [ada.try_sign_in(code="000000").status for _ in range(6)]

    assert statuses == [401] * 5 + [429]


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


def test_two_servers_count_together(org: ApiOrg, server: ServerProcess, api_database: str) -> None:
    member(org)

    with running(server.data_dir, api_database) as second:
        others = replace(org, client=Client(second.url))
        with closing(others.client), ThreadPoolExecutor(2) as pool:
            told = pool.map(lambda one: at_once(one, 4, "ada", OTHER_PASSWORD), (org, others))
            statuses = Counter(one.status for replies in told for one in replies)

    assert statuses == {401: 5, 429: 3}
