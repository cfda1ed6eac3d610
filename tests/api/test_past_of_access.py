"""Who may let whom in, and whom a directory keeps: at a past, listed at a past, versions and proofs (V-21, V-22)."""

from dataclasses import dataclass
from typing import Any

import pytest

from support.api_orgs import ApiOrg
from support.browsers import person
from support.directories import directory, maps
from support.http_client import Reply
from support.logs import when_signed
from support.staff import Staff, administrator
from velaurum.db.connection import Database
from velaurum.proofs import merkle, policies, tlog_proofs

NEW = {"code": "idp", "name": "Provider", "issuer": "https://login.example.com", "client_id": "velaurum"}

HOOK = {"code": "erp", "name": "ERP", "url": "https://hooks.invalid/velaurum"}


@dataclass(frozen=True, slots=True)
class Noun:
    """A record, the list that it is in, and what ends or changes it."""

    listed: str
    record: str
    end: tuple[str, str]
    word: str
    id: str


class Access:
    """One record of each noun."""

    def __init__(self, org: ApiOrg, door: Database) -> None:
        self.org, self.admin = org, administrator(org)
        self.admin.must(self.admin.post("/sub-orgs", {"code": "STORES", "name": "Stores"}))
        provider = self.made("/providers", NEW)
        webhook = self.made("/webhooks", HOOK)
        of_provider = "/providers/idp/subjects"
        subject = self.made(of_provider, {"subject": "ada", "principal": person(door, org)})
        user = self.made("/scim-users", {"principal": self.admin.hires(), "user_name": "bob"})
        self.group = directory(org).groups("Stores")["id"]
        of_group = f"/scim-groups/{self.group}/mappings"
        mapping = maps(self.admin, self.group, "auditor", sub_org="STORES")["id"]
        of_principal = f"/principals/{self.admin.hires('Cem')}/assignments"
        given = self.made(of_principal, {"role": "auditor", "sub_org": "STORES"})
        self.nouns = {
            "webhook": Noun("/webhooks", "/webhooks/erp", ("PATCH", ""), "webhook-endpoint", webhook),
            "provider": Noun("/providers", "/providers/idp", ("PATCH", ""), "provider", provider),
            "subject": self.deleted(of_provider, subject, "provider-subject"),
            "user": self.deleted("/scim-users", user, "scim-user"),
            "mapping": self.deleted(of_group, mapping, "scim-mapping"),
            "assignment": Noun(
                of_principal, f"{of_principal}/{given}", ("POST", "/revocation"), "assignment", given
            ),
        }

    def made(self, path: str, body: Any) -> str:
        made: str = self.admin.must(self.admin.post(path, body))["id"]
        return made

    def deleted(self, listed: str, record_id: str, word: str) -> Noun:
        return Noun(listed, f"{listed}/{record_id}", ("DELETE", ""), word, record_id)

    def ask(self, method: str, path: str, body: Any = None) -> Reply:
        return self.org.client.ask(method, self.org.path + path, body, token=self.admin.token)

    def end(self, noun: Noun) -> Any:
        method, step = noun.end
        if method == "PATCH":
            etag = self.admin.get(noun.record).headers["etag"]
            return self.admin.must(self.admin.patch(noun.record, {"is_disabled": True}, etag))
        return self.admin.must(self.ask(method, noun.record + step))

    def listed(self, noun: Noun, query: str = "") -> bytes:
        reply = self.admin.get(noun.listed + query)
        assert reply.status == 200, reply
        return reply.body


NOUNS = ("provider", "webhook", "subject", "user", "mapping", "assignment")


@pytest.fixture
def access(org: ApiOrg, api_door: Database) -> Access:
    return Access(org, api_door)


@pytest.mark.parametrize("name", NOUNS)
def test_a_list_is_read_at_a_past_also_with_what_is_gone_since(name: str, access: Access) -> None:
    noun, size = access.nouns[name], access.org.log_size()
    now = access.admin.get(noun.listed).json
    at = [f"?at_size={size}", f"?as_of={now['as_of']['recorded_at']}"]
    before = {query: access.listed(noun, query) for query in at}

    access.end(noun)

    assert access.admin.get(noun.listed).json["data"] != now["data"]
    assert {query: access.listed(noun, query) for query in at} == before
    for query in at:
        assert access.admin.get(noun.listed + query).json["data"] == now["data"]
    assert (
        access.admin.get(f"{noun.listed}?at_size={access.org.log_size()}").json["data"]
        == (access.admin.get(noun.listed).json["data"])
    )
    first = access.org.get(f"{noun.record}/history").json["data"][-1]["log_index"]
    assert access.admin.get(f"{noun.listed}?at_size={first}").json["data"] == []


@pytest.mark.parametrize("name", NOUNS)
def test_every_version_is_there_with_who_made_it(name: str, access: Access) -> None:
    noun = access.nouns[name]
    (before,) = access.admin.get(noun.listed).json["data"]
    after = access.end(noun)

    versions = access.org.get(f"{noun.record}/history").json["data"]

    assert [one["record"] for one in versions] == [after, before]
    assert versions[0]["actor"]["name"] == "org-admin"
    assert versions[1]["valid_to"] == versions[0]["valid_from"]
    assert [one["previous"] for one in versions] == [versions[1]["log_index"], None]
    at = access.org.get(f"{noun.record}/history?at_size={versions[1]['log_index'] + 1}").json["data"]
    assert [one["record"] for one in at] == [before]


@pytest.mark.parametrize("name", NOUNS)
def test_the_newest_version_is_proven(name: str, access: Access) -> None:
    noun = access.nouns[name]
    access.end(noun)
    newest = access.org.get(f"{noun.record}/history").json["data"][0]

    proof = tlog_proofs.parse(when_signed(lambda: access.org.get(f"{noun.record}/proof")).body)

    policy = policies.parse(access.org.get("/log/status").json["policy"].encode())
    assert proof.extra is not None
    assert proof.verify(merkle.leaf_hash(proof.extra), policy).size > proof.index
    assert proof.index == newest["log_index"]
    assert f'"subject_id":"{noun.id}"'.encode() in proof.extra
    assert f'"type":"change.{noun.word}"'.encode() in proof.extra


def test_a_webhook_of_the_past_has_the_keys_that_signed_then(access: Access) -> None:
    first = access.admin.get("/webhooks/erp").json
    size = access.org.log_size()
    for _ in range(2):
        access.made("/webhooks/erp/secrets", {"overlap": "1h"})
    now, then = access.admin.get("/webhooks/erp"), access.admin.get(f"/webhooks/erp?at_size={size}")

    versions = access.org.get("/webhooks/erp/history").json["data"]

    assert then.json == first
    assert [one["record"] for one in versions][::2] == [now.json, first]
    generations = [[key["generation"] for key in one["record"]["keys"]] for one in versions]
    assert generations == [[3, 2], [2, 1], [1]]
    assert access.admin.get("/webhooks/erp?at_size=1").refused == (404, "not-found")


def test_one_provider_is_read_at_a_past(access: Access) -> None:
    size, before = access.org.log_size(), access.admin.get("/providers/idp").json
    access.end(access.nouns["provider"])

    then = access.admin.get(f"/providers/idp?at_size={size}")

    assert (then.json, "etag" in then.headers) == (before, False)
    assert access.admin.get("/providers/idp?at_size=1").refused == (404, "not-found")


def test_what_a_group_gave_is_read_when_the_group_is_gone(access: Access) -> None:
    noun, size = access.nouns["mapping"], access.org.log_size()
    before = access.admin.get(noun.listed).json["data"]
    assert directory(access.org).ask("DELETE", f"/Groups/{access.group}").status == 204

    assert access.admin.get(noun.listed).refused == (404, "not-found")
    assert access.admin.get(f"{noun.listed}?at_size={size}").json["data"] == before
    assert access.admin.get(f"{noun.listed}?at_size={access.org.log_size()}").json["data"] == []


def test_who_reaches_a_department_alone_reads_no_past_of_a_directory(access: Access) -> None:
    narrow: Staff = access.admin.appoints("org-admin", sub_org="STORES")
    auditor: Staff = access.admin.appoints("auditor", sub_org="STORES")
    size = access.org.log_size()

    for path in ("/scim-users", access.nouns["mapping"].listed):
        assert narrow.get(f"{path}?at_size={size}").refused == (403, "forbidden")
    assert auditor.get(f"{access.nouns['mapping'].record}/history").refused == (403, "forbidden")
    assert auditor.get(f"{access.nouns['user'].record}/history").refused == (403, "forbidden")
    (provider,) = narrow.get(f"/providers?at_size={size}").json["data"]
    assert provider["code"] == "idp"
