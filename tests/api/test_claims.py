"""A new installation answers nothing but its claim, and is claimed once."""

import stat
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from support.browsers import SAME_ORIGIN
from support.guests import PASSWORD
from support.http_client import Client, Reply
from support.ledger_sql import APP, SUPERUSER, ConninfoOf
from support.server_process import ServerProcess, running
from velaurum.db.connection import Database
from velaurum.identity import administrators

FIRST = {"administrator": "root", "code": "acme", "region": "eu-west", "name": "Ada Byron", "login": "ada"}
PAGE = (SAME_ORIGIN,)


@dataclass(frozen=True, slots=True)
class Installation:
    """A server where there is no administrator, and what its claim was kept in."""

    process: ServerProcess

    @property
    def file(self) -> Path:
        return self.process.data_dir / "secrets" / "claim"

    @property
    def claim(self) -> str:
        return self.file.read_text().strip()

    def ask(self, method: str, path: str, body: Any = None, **members: Any) -> Reply:
        with closing(Client(self.process.url)) as client:
            return client.ask(method, path, body, **members)

    def claimed(self, claim: str, **members: str) -> Reply:
        body = {**FIRST, "claim": claim, "password": PASSWORD, **members}
        return self.ask("POST", "/v1/setup/claim", body)


@pytest.fixture
def new(tmp_path: Path, conninfo: ConninfoOf) -> Iterator[Installation]:
    with running(tmp_path / "data", conninfo(APP)) as process:
        yield Installation(process)


def test_a_claim_makes_the_first_people_once(new: Installation) -> None:
    claim = new.claim
    assert stat.S_IMODE(new.file.stat().st_mode) == 0o600
    assert new.ask("GET", "/v1/orgs").refused == (503, "setup-required")

    made = new.claimed(claim)

    assert (made.status, made.json["org"], made.json["login"]) == (200, "acme", "ada")
    listed = new.ask("GET", "/v1/orgs", token=made.json["token"]).json["data"]
    assert [one["code"] for one in listed] == ["acme"]
    credentials = {"login": "ada", "password": PASSWORD}
    signed_in = new.ask("POST", "/v1/orgs/acme/sessions/password", credentials, headers=PAGE)
    cookie = signed_in.headers["set-cookie"].partition(";")[0]
    me = new.ask("GET", "/v1/orgs/acme/me", headers=[*PAGE, ("Cookie", cookie)])
    assert [role["code"] for role in me.json["roles"]] == ["org-admin"]
    assert new.claimed(claim, code="other").refused == (401, "unauthenticated")
    assert not new.file.exists()


def test_of_two_claims_at_once_one_counts(new: Installation) -> None:
    claim = new.claim

    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda code: new.claimed(claim, code=code), ("acme", "other")))

    assert Counter(one.status for one in told) == {200: 1, 401: 1}


def test_a_claim_that_was_refused_for_a_field_can_be_used_again(new: Installation) -> None:
    refused = [
        new.claimed(new.claim, **wrong)
        for wrong in ({"password": "short"}, {"code": "No Code"}, {"login": " "}, {"administrator": ""})
    ]

    assert [one.json["errors"][0]["pointer"] for one in refused] == [
        "/password",
        "/code",
        "/login",
        "/administrator",
    ]
    assert new.claimed(new.claim).status == 200


def test_a_made_up_claim_and_one_that_is_over_claim_nothing(new: Installation, conninfo: ConninfoOf) -> None:
    claim = new.claim
    with psycopg.connect(conninfo(SUPERUSER)) as connection:
        connection.execute(
            "update platform.claim set created_at = created_at - interval '31 minutes',"
            " expires_at = expires_at - interval '31 minutes'"
        )

    assert new.claimed(claim).refused == (401, "unauthenticated")
    assert new.claimed(claim.replace("vlc_", "vlm_")).refused == (401, "unauthenticated")
    assert new.claimed("").refused == (401, "unauthenticated")


def test_nobody_claims_what_is_somebodys(new: Installation, conninfo: ConninfoOf) -> None:
    claim = new.claim
    with closing(Database(conninfo(APP), max_connections=1)) as door, door.installation() as tx:
        administrators.bootstrap(tx, "root")

    assert new.claimed(claim).refused == (401, "unauthenticated")
    with running(new.process.data_dir, conninfo(APP)):
        assert not new.file.exists()


def test_before_the_claim_public_routes_ask_for_setup_too(new: Installation) -> None:
    for path in ("/.well-known/velaurum/keys", "/v1/orgs/acme/providers/idp/client-keys", "/openapi.json"):
        assert new.ask("GET", path).refused == (503, "setup-required")
    credentials = {"login": "ada", "password": PASSWORD}
    asked = new.ask("POST", "/v1/orgs/acme/sessions/password", credentials, headers=PAGE)
    assert asked.refused == (503, "setup-required")
    assert new.ask("GET", "/healthz").status == 200


def test_a_claim_is_in_no_log(new: Installation) -> None:
    assert new.claimed(new.claim).status == 200

    assert "vlc_" not in new.process.log.read_text()
