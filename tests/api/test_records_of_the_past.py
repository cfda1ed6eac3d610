"""Every noun that has a history: read at a past, listed at a past, and its versions in the shape of the present."""

from collections.abc import Iterator
from typing import Any

import pytest

from support.api_orgs import ApiOrg
from support.http_client import Reply
from support.staff import Staff, administrator

NOUNS = ("items", "locations", "sub-orgs", "roles", "principals", "tokens")
UNLOGGED = {"last_used_at": None}


class Records:
    """One record of each noun, all of them changed once."""

    def __init__(self, org: ApiOrg) -> None:
        self.org, self.admin = org, administrator(org)
        self.maker = Staff(org, org.tokens["org-admin"])
        org.post("/sub-orgs", {"code": "STORES", "name": "Stores"}, role="org-admin")
        org.post("/sub-orgs", {"code": "NORTH", "name": "North", "parent": "STORES"}, role="org-admin")
        org.item("NUT", description="round", attributes={"b": 1, "a": [None, "x"][1], "c": None, "d": True})
        org.location("RACK", parent="A", sub_org="NORTH")
        self.admin.must(
            self.admin.post("/roles", {"code": "packer", "name": "Packer", "permissions": ["read"]})
        )
        principal = self.admin.hires("Ada", sub_org="NORTH")
        self.paths = {
            "items": "/items/NUT",
            "locations": "/locations/RACK",
            "sub-orgs": "/sub-orgs/NORTH",
            "roles": "/roles/packer",
            "principals": f"/principals/{principal}",
            "tokens": f"/tokens/{self.admin.issues(principal, 'storekeeper', sub_org='NORTH')['id']}",
        }

    def read(self, path: str) -> Reply:
        """Read as whoever may read it: people take another permission than their history."""
        is_of_people = path.startswith(("/principals", "/tokens")) and "/history" not in path
        reply = self.admin.get(path) if is_of_people else self.org.get(path)
        assert reply.status == 200, reply
        return reply

    def change(self, noun: str, name: str) -> None:
        path = self.paths[noun]
        if noun == "tokens":
            self.admin.must(self.admin.post(f"{path}/revocation"))
        else:
            self.admin.must(self.admin.patch(path, {"name": name}, self.read(path).headers["etag"]))


@pytest.fixture
def kept(org: ApiOrg) -> Records:
    return Records(org)


@pytest.mark.parametrize("noun", NOUNS)
def test_a_record_and_its_list_are_read_at_a_past(noun: str, kept: Records) -> None:
    path, size = kept.paths[noun], kept.org.log_size()
    now, listed = kept.read(path).json, kept.read(f"/{noun}").json
    stamp = listed["as_of"]["recorded_at"]
    at = [f"?at_size={size}", f"?as_of={stamp}"]
    before = {one: kept.read(one).body for query in at for one in (path + query, f"/{noun}{query}")}

    kept.change(noun, "later")

    assert kept.read(path).json != now
    assert {one: kept.read(one).body for one in before} == before
    for query in at:
        assert kept.read(path + query).json == now | _unlogged(now)
        assert kept.read(f"/{noun}{query}").json["data"] == [one | _unlogged(one) for one in listed["data"]]
        assert "etag" not in kept.read(path + query).headers


@pytest.mark.parametrize("noun", NOUNS)
def test_a_version_has_the_record_as_a_read_answers_it(noun: str, kept: Records) -> None:
    path = kept.paths[noun]
    first = kept.read(path).json
    kept.change(noun, "second")
    second = kept.read(path).json

    versions = kept.read(f"{path}/history").json["data"]

    assert [one["record"] for one in versions] == [second | _unlogged(second), first | _unlogged(first)]
    assert [one["previous"] for one in versions] == [versions[1]["log_index"], None]
    for one in versions:
        assert one["record"] == kept.read(f"{path}?at_size={one['log_index'] + 1}").json


@pytest.mark.parametrize("noun", NOUNS)
def test_what_was_not_there_yet_is_not_found_nor_listed(noun: str, kept: Records) -> None:
    path = kept.paths[noun]
    first = kept.read(f"{path}/history").json["data"][-1]["log_index"]
    get = kept.admin.get if noun in ("principals", "tokens") else kept.org.get

    assert get(f"{path}?at_size={first}").refused == (404, "not-found")
    listed = get(f"/{noun}?at_size={first}&limit=200").json["data"]
    assert kept.read(path).json["id"] not in [one["id"] for one in listed]


def test_who_made_a_record_is_called_as_they_were_called_then(kept: Records) -> None:
    boss = kept.admin.appoints("org-admin", "Bea")
    hired = boss.hires("Cem")
    size, path = kept.org.log_size(), f"/principals/{hired}"
    before = kept.read(f"{path}?at_size={size}")

    bea = f"/principals/{boss.me['principal']['id']}"
    kept.admin.must(kept.admin.patch(bea, {"name": "Beatrice"}, kept.read(bea).headers["etag"]))

    assert kept.read(path).json["created_by"]["name"] == "Beatrice"
    assert before.json["created_by"]["name"] == "Bea"
    assert kept.read(f"{path}?at_size={size}").body == before.body
    (made,) = kept.read(f"{path}/history").json["data"]
    assert made["record"]["created_by"]["name"] == "Bea"


def test_who_had_which_role_is_read_at_a_past(kept: Records) -> None:
    path = f"{kept.paths['principals']}/assignments"
    given = kept.admin.must(kept.admin.post(path, {"role": "auditor", "sub_org": "NORTH"}))
    size = kept.org.log_size()
    before = kept.read(f"{path}?at_size={size}")

    kept.admin.must(kept.admin.post(f"{path}/{given['id']}/revocation"))

    assert kept.read(path).json["data"][0]["revoked_at"] is not None
    assert before.json["data"] == [given]
    assert kept.read(f"{path}?at_size={size}").body == before.body
    assert kept.read(f"{path}?at_size={size - 1}").json["data"] == []


def test_pages_of_the_past_join_where_most_came_later(kept: Records) -> None:
    early = [one["code"] for one in kept.read("/items").json["data"]]
    size = kept.org.log_size()
    for n in range(20):
        kept.org.item(f"C{n:02}")

    pages = list(_pages(kept, f"/items?at_size={size}&limit=1"))

    assert [one["code"] for page in pages for one in page] == early == ["BOLT", "NUT"]


def _pages(kept: Records, path: str) -> Iterator[Any]:
    cursor: str | None = ""
    while cursor is not None:
        page = kept.read(path + (f"&cursor={cursor}" if cursor else "")).json
        yield page["data"]
        cursor = page["next_cursor"]


def _unlogged(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in UNLOGGED.items() if name in record}
