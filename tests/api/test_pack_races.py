"""A pack that is changed while others post in it: each movement is of the pack as it was at its place in the log."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from typing import Any

from support.api_orgs import RECEIPT, ApiOrg
from support.http_client import Client
from support.packs import pack

POSTERS, EACH, CHANGES = 4, 40, 12


def post_some(org: ApiOrg) -> list[Any]:
    with closing(Client(org.client.url)) as client:
        mine = replace(org, client=client)
        return [mine.movement(RECEIPT, quantity=str(n + 1), unit="CS") for n in range(EACH)]


def test_each_posting_used_one_version_of_its_pack_and_says_which(org: ApiOrg) -> None:
    path = f"/items/BOLT/packs/{pack(org, numerator=1)['id']}"

    with ThreadPoolExecutor(POSTERS) as pool:
        running = [pool.submit(post_some, org) for _ in range(POSTERS)]
        for version in range(1, CHANGES + 1):
            changed = org.patch(path, {"numerator": version + 1, "denominator": 2}, f'"v{version}"')
            assert changed.status == 200, changed
        posted = [movement for one in running for movement in one.result()]

    versions = org.get(f"{path}/history?limit=200").json["data"]
    used = set()
    for movement in posted:
        at_its_place = max(
            (one for one in versions if one["log_index"] < movement["log_index"]),
            key=lambda one: one["log_index"],
        )["record"]
        factor = Fraction(at_its_place["numerator"], at_its_place["denominator"])
        assert Fraction(movement["quantity"]) == Fraction(movement["stated_quantity"]) * factor
        used.add(factor)
    assert len(posted) == POSTERS * EACH
    assert len(used) > 1
    assert Fraction(org.on_hand() or "0") == sum(Fraction(movement["quantity"]) for movement in posted)
