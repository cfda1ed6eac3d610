"""Rate limits over HTTP: who is counted for what, what a limited answer says, and that it decided nothing."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from support import api_orgs
from support.api_orgs import RECEIPT, ApiOrg
from support.command import Command
from support.http_client import Client, Reply
from support.server_process import PATIENT, running
from velaurum.db.connection import Database
from velaurum.identity.secrets import mint

FORGED = mint("019a9f00-0000-7000-8000-000000000000", "019a9f00-0000-7000-8000-000000000000").text
UNLIMITED = {"getHealth", "getReadiness"}
_ITEM = re.compile(r'"(?P<name>[ !#-\[\]-~]*)"(?P<parameters>(?:;[a-z*][a-z0-9_.*-]*=-?[0-9]{1,15})*)')
LIMITED = (429, "rate-limited")
Enter = Callable[..., Client]


@pytest.fixture
def enter(api_database: str, administrator: str) -> Iterator[Enter]:
    """Start a server with the limits that are given, and connect to it."""
    assert administrator
    with ExitStack() as stack:

        def start(**told: str) -> Client:
            directory = stack.enter_context(TemporaryDirectory(prefix="velaurum-limits-", dir="/tmp"))
            server = stack.enter_context(running(Path(directory) / "data", api_database, {**PATIENT, **told}))
            client = Client(server.url)
            stack.callback(client.close)
            return client

        yield start


def parsed(field: str) -> dict[str, dict[str, int]]:
    """Read a structured field (RFC 9651) that is a list of strings with integers as parameters, and nothing else."""
    found = {}
    for member in re.split(r"[ \t]*,[ \t]*", field):
        item = _ITEM.fullmatch(member)
        assert item is not None, field
        pairs = [one.split("=") for one in item["parameters"].split(";")[1:]]
        found[item["name"]] = {name: int(value) for name, value in pairs}
    return found


def standing(reply: Reply) -> tuple[str, int, int]:
    """Return name, remaining requests and seconds of the one limit that an answer shows."""
    ((name, parameters),) = parsed(reply.headers["ratelimit"]).items()
    assert parameters.keys() == {"r", "t"}
    assert name in parsed(reply.headers["ratelimit-policy"])
    return name, parameters["r"], parameters["t"]


def refused(reply: Reply) -> tuple[int, str | None]:
    """Return status and code, and check that a limited answer says when to come back, and not too early."""
    if reply.status == 429:
        _, left, seconds = standing(reply)
        assert left == 0
        assert int(reply.headers["retry-after"]) >= max(seconds, 1)
    return reply.refused


def test_a_credential_has_a_limit_of_its_own(enter: Enter, api_door: Database) -> None:
    client = enter(rate_credential="3/minute")
    org = api_orgs.create(api_door, client)

    replies = [org.get("/items") for _ in range(4)]

    assert [reply.status for reply in replies] == [200, 200, 200, 429]
    assert [standing(reply)[:2] for reply in replies] == [("credential", left) for left in (2, 1, 0, 0)]
    assert all(0 < standing(reply)[2] <= 60 for reply in replies)
    assert refused(replies[-1]) == LIMITED
    assert org.get("/items", role="controller").status == 200


def test_the_policies_are_the_same_on_every_answer(enter: Enter, api_door: Database) -> None:
    client = enter(rate_credential="2/minute", rate_org="40/5minutes")
    org = api_orgs.create(api_door, client)

    fields = {org.get(path).headers["ratelimit-policy"] for path in ("/items", "/items?unknown=1", "/items")}

    assert [parsed(field) for field in fields] == [
        {"credential": {"q": 2, "w": 60}, "organisation": {"q": 40, "w": 300}}
    ]


def test_credentials_of_an_organisation_share_its_limit_and_others_keep_theirs(
    enter: Enter, api_door: Database
) -> None:
    client = enter(rate_org="4/minute")
    org, other = (api_orgs.create(api_door, client) for _ in range(2))

    statuses = [org.get("/items", role=role).status for role in ("auditor", "controller") * 3]

    assert statuses == [200] * 4 + [429] * 2
    assert standing(org.get("/items"))[0] == "organisation"
    assert other.get("/items").status == 200


def test_nobody_else_can_use_up_the_limit_of_an_organisation(enter: Enter, api_door: Database) -> None:
    client = enter(rate_org="3/minute", rate_credential="2/minute", rate_failed="100/minute")
    org, other = (api_orgs.create(api_door, client) for _ in range(2))

    for token in ("", FORGED, other.tokens["auditor"], org.tokens["auditor"] + "x"):
        for _ in range(4):
            assert client.get(f"{org.path}/items", token=token).status in (401, 403, 429)
    noisy = [org.get("/items", role="controller").status for _ in range(6)]

    assert noisy == [200, 200, 429, 429, 429, 429]
    assert org.get("/items").status == 200


def test_the_limit_that_is_closest_to_its_end_is_shown(enter: Enter, api_door: Database) -> None:
    client = enter(rate_credential="100/minute", rate_org="4/minute")
    org = api_orgs.create(api_door, client)

    assert standing(org.get("/items"))[:2] == ("organisation", 3)


def test_a_limited_posting_decides_nothing_and_reads_no_body(enter: Enter, api_door: Database) -> None:
    client = enter(rate_credential="1/2seconds")
    org = api_orgs.create(api_door, client)
    assert org.move(RECEIPT).status == 201
    limited = org.post("/movements", b"{", key="later")
    assert refused(limited) == LIMITED
    time.sleep(int(limited.headers["retry-after"]))

    posted = org.move(RECEIPT, key="later")

    assert (posted.status, posted.is_replayed) == (201, False)


def test_a_posting_is_counted_once(enter: Enter, api_door: Database) -> None:
    client = enter(rate_credential="10/minute")
    org = api_orgs.create(api_door, client)

    posted = [org.move(RECEIPT) for _ in range(3)]
    made = org.post("/items", {"code": "NUT", "name": "Nut"}, role="org-admin")

    assert [standing(reply)[1] for reply in posted] == [9, 8, 7]
    assert standing(made)[1] == 9


def test_who_guesses_is_limited_and_honest_clients_at_the_same_address_are_not(
    enter: Enter, api_door: Database
) -> None:
    client = enter(rate_failed="3/minute")
    org = api_orgs.create(api_door, client)
    assert org.get("/items").status == 200

    guesses = [client.get(f"{org.path}/items", token=FORGED) for _ in range(5)]

    assert [refused(reply) for reply in guesses] == [(401, "unauthenticated")] * 3 + [LIMITED] * 2
    assert [standing(reply)[:2] for reply in guesses] == [("failed", left) for left in (2, 1, 0, 0, 0)]
    time.sleep(1.1)
    assert org.get("/items").status == 200


def test_a_limited_address_does_not_learn_whether_a_token_is_valid(enter: Enter, api_door: Database) -> None:
    client = enter(rate_failed="1/minute")
    org = api_orgs.create(api_door, client)
    client.get(f"{org.path}/items", token=FORGED)

    valid, invalid = (
        client.get(f"{org.path}/items", token=token) for token in (org.tokens["auditor"], FORGED)
    )

    assert refused(valid) == refused(invalid) == LIMITED
    assert valid.json | {"request_id": ""} == invalid.json | {"request_id": ""}
    assert valid.headers.keys() == invalid.headers.keys()
    assert valid.headers["ratelimit"].split(";t=")[0] == invalid.headers["ratelimit"].split(";t=")[0]


def test_no_header_moves_a_guesser_to_another_address(enter: Enter, api_door: Database) -> None:
    client = enter(rate_failed="2/minute")
    org = api_orgs.create(api_door, client)

    def guess(n: int) -> int:
        claimed = f"203.0.113.{n}"
        headers = [("X-Forwarded-For", claimed), ("X-Real-IP", claimed), ("Forwarded", f"for={claimed}")]
        return client.get(f"{org.path}/items", token=FORGED, headers=headers).status

    assert [guess(n) for n in range(3)] == [401, 401, 429]


def test_a_named_proxy_tells_who_asks(enter: Enter, api_door: Database) -> None:
    client = enter(rate_failed="1/minute", trusted_proxies="127.0.0.1, 10.0.0.0/8")
    org = api_orgs.create(api_door, client)

    def guess(forwarded: str) -> int:
        headers = [("X-Forwarded-For", forwarded)]
        return client.get(f"{org.path}/items", token=FORGED, headers=headers).status

    told = ("203.0.113.1", "203.0.113.2, 10.0.0.9", "203.0.113.3, 203.0.113.1", "203.0.113.4, 203.0.113.2")
    assert [guess(one) for one in told] == [401, 401, 429, 429]


def test_requests_without_a_token_have_a_limit_and_health_has_none(enter: Enter, api_door: Database) -> None:
    client = enter(rate_address="3/minute", rate_failed="1/minute")
    org = api_orgs.create(api_door, client)

    replies = [client.get(path) for path in ("/problems/internal", "/openapi.json", f"{org.path}/items")]

    assert [reply.status for reply in replies] == [200, 200, 401]
    assert [standing(reply)[:2] for reply in replies] == [("address", left) for left in (2, 1, 0)]
    for path in ("/problems/internal", "/openapi.json", f"{org.path}/items", "/v1/orgs"):
        assert refused(client.get(path)) == LIMITED
    for path in ("/healthz", "/readyz"):
        assert client.get(path).status == 200
        assert "ratelimit" not in client.get(path).headers
    assert org.get("/items").status == 200


def test_an_administrator_is_a_credential_too(enter: Enter, api_door: Database, administrator: str) -> None:
    client = enter(rate_credential="2/minute")
    org = api_orgs.create(api_door, client)

    assert [client.get("/v1/orgs", token=administrator).status for _ in range(3)] == [200, 200, 429]
    assert [client.get("/v1/orgs", token=org.tokens["auditor"]).status for _ in range(3)] == [403, 403, 429]


def test_a_limit_can_be_switched_off(enter: Enter, api_door: Database) -> None:
    client = enter(rate_credential="off", rate_org="off")
    org = api_orgs.create(api_door, client)

    assert "ratelimit" not in org.get("/items").headers


def test_a_command_waits_out_a_short_limit(enter: Enter, api_door: Database, tmp_path: Path) -> None:
    client = enter(rate_credential="1/2seconds")
    org = api_orgs.create(api_door, client)
    assert org.get("/items").status == 200

    done = _command(org, "auditor", tmp_path)("item", "list", "--json")

    assert [item["code"] for item in done.document["data"]] == ["BOLT"]


def test_a_command_tells_of_a_long_limit_at_once(enter: Enter, api_door: Database, tmp_path: Path) -> None:
    client = enter(rate_credential="1/hour")
    org = api_orgs.create(api_door, client)
    assert org.get("/items").status == 200

    refused_at_once = _command(org, "auditor", tmp_path)("item", "list", "--json")

    assert (refused_at_once.code, refused_at_once.envelope["code"]) == (1, "rate-limited")


def test_an_import_waits_as_long_as_it_is_told(enter: Enter, api_door: Database, tmp_path: Path) -> None:
    client = enter(rate_credential="2/6seconds")
    org = api_orgs.create(api_door, client)
    file = tmp_path / "three.csv"
    file.write_text("kind,item,quantity,target\n" + "receipt,BOLT,1,A\n" * 2_500)
    start = time.monotonic()

    done = _command(org, "storekeeper", tmp_path)("import", "movements", str(file), "--json")

    assert done.document["posted"] == 2_500
    assert time.monotonic() - start >= 6
    assert org.on_hand() == "2500"


def test_every_limited_operation_describes_the_refusal_and_the_headers(client: Client) -> None:
    document = client.get("/openapi.json").json

    for methods in document["paths"].values():
        for operation in methods.values():
            is_limited = operation["operationId"] not in UNLIMITED
            assert ("429" in operation["responses"]) == is_limited, operation["operationId"]
            for status, answer in operation["responses"].items():
                assert ({"RateLimit", "RateLimit-Policy"} <= answer["headers"].keys()) == is_limited
                assert status != "429" or "Retry-After" in answer["headers"]


def _command(org: ApiOrg, role: str, directory: Path) -> Command:
    settings = {"URL": org.client.url, "ORG": org.code, "TOKEN": org.tokens[role]}
    return Command({f"VELAURUM_{name}": value for name, value in settings.items()}, directory)
