"""The feed as a stream: it goes on where it broke off, and no longer than its credential."""

import time

from support.api_orgs import LIFE, RECEIPT, ApiOrg
from support.departments import create as divide
from support.event_streams import streaming
from support.keyrings import keyring_within
from support.rollbacks import signed
from velaurum.api import events
from velaurum.db.connection import Database
from velaurum.identity import tokens

MOVEMENTS = "velaurum.movement.posted.v1"
SOON_S = events.JUDGED_EVERY_S + 5


def test_a_stream_gives_what_is_there_and_what_comes(org: ApiOrg) -> None:
    first = org.movement(RECEIPT)
    size = org.log_size()
    signed(org, size)

    with streaming(org) as stream:
        assert stream.status == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"] == "no-store"
        old = stream.take(size)
        second = org.movement(RECEIPT)
        (new,) = stream.take(1)

    assert [one.last_id for one in old] == [str(n) for n in range(size)]
    assert [one.data["id"] for one in old] == [f"{org.code}:{n}" for n in range(size)]
    assert old[-1].data["data"]["id"] == first["id"]
    assert (new.last_id, new.data["data"]["id"]) == (str(size), second["id"])


def test_a_stream_goes_on_behind_the_last_id_also_over_what_was_not_chosen(org: ApiOrg) -> None:
    org.movement(RECEIPT)
    size = org.log_size()
    signed(org, size)
    with streaming(org, f"?types={MOVEMENTS}") as stream:
        (one,) = stream.take(1)
    for n in range(3):
        org.item(f"NUT-{n}")
    signed(org, size + 3)
    with streaming(org, f"?types={MOVEMENTS}", last_id=one.last_id) as stream:
        second = org.movement(RECEIPT)
        (other,) = stream.take(1)

    assert other.data["data"]["id"] == second["id"]
    assert one.last_id == str(size - 1)
    assert other.last_id == str(size + 3)
    with streaming(org, f"?types={MOVEMENTS}&after=-1", last_id="x") as stream:
        assert stream.status == 400


def test_a_stream_says_how_far_it_looked_where_nothing_is_chosen(org: ApiOrg) -> None:
    size = org.log_size()
    signed(org, size)

    with streaming(org, "?types=velaurum.role.removed.v1") as stream:
        lines = [stream.answer.readline() for _ in range(4)]

    assert b"".join(lines) == f"retry: {events.RETRY_MS}\n\nid: {size - 1}\n\n".encode()


def test_a_stream_ends_soon_after_its_credential_is_revoked(org: ApiOrg, api_door: Database) -> None:
    signed(org, org.log_size())
    with api_door.installation() as outside:
        made = tokens.create(
            outside, org.org_id, keyring_within(outside), "auditor", kind="service", name="gone", life=LIFE
        )
    size = org.log_size()
    signed(org, size)

    with streaming(org, f"?after={size - 1}", token=made.text) as stream:
        stream.answer.readline()
        began = time.monotonic()
        with api_door.installation() as outside:
            tokens.revoke(outside.within(org.org_id), org.org_id, made.token_id)
        said = list(stream)

    assert time.monotonic() - began < SOON_S
    assert [(one.kind, one.data["code"]) for one in said][-1:] == [("problem", "unauthenticated")]


def test_a_stream_ends_soon_after_what_it_reaches_is_another(org: ApiOrg, api_door: Database) -> None:
    departments = divide(org, api_door)
    north = departments.within("NORTH-1")
    size = org.log_size()
    signed(org, size)

    with streaming(north, f"?after={size - 1}") as stream:
        stream.answer.readline()
        began = time.monotonic()
        departments.sub_org("NORTH-1-A", parent="NORTH-1")
        said = list(stream)

    assert time.monotonic() - began < SOON_S
    assert [(one.kind, one.data["code"]) for one in said][-1:] == [("problem", "forbidden")]


def test_many_streams_hold_no_thread_and_no_connection_each(org: ApiOrg) -> None:
    size = org.log_size()
    signed(org, size)
    streams = [streaming(org, f"?after={size - 1}") for _ in range(60)]
    opened = [one.__enter__() for one in streams]
    try:
        for one in opened:
            assert one.answer.readline() == b"retry: 1000\n"

        began = time.monotonic()
        posted = org.movement(RECEIPT)
        ids = [one.take(1)[0].data["data"]["id"] for one in opened]

        assert time.monotonic() - began < 15
        assert ids == [posted["id"]] * 60
    finally:
        for each in streams:
            each.__exit__(None, None, None)
