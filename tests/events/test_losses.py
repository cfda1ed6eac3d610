"""A feed whose log lost its tail: nobody goes on as if nothing had happened (V-20, V-22)."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.api_orgs import RECEIPT, ApiOrg
from support.event_streams import streaming
from support.rollbacks import Place, again, post_and_sign, signed
from velaurum.audit.incarnations import Incarnation
from velaurum.events import positions
from velaurum.events.positions import Position

MOVEMENTS = "velaurum.movement.posted.v1"


@pytest.fixture
def place() -> Iterator[Place]:
    """Make a directory in which an unprivileged database server can have its data directory."""
    directory = Path(tempfile.mkdtemp(prefix="velaurum-rollback-", dir="/tmp"))
    directory.chmod(0o755)
    yield Place(directory)
    shutil.rmtree(directory)


def test_who_saw_what_was_lost_is_told_so_and_begins_behind_what_is_known(place: Place) -> None:
    with place.served() as client:
        org = place.new_org(client, is_first=True)
        kept = post_and_sign(org, 2).size
        seen_before = _ids(org, 0)
    place.copy_database()
    with place.served() as client:
        org = again(org, client)
        lost = post_and_sign(org, 3).size
        seen = _ids(org, 0)
        assert len(seen) == lost
    place.put_back_database()

    with place.served() as client:
        org = again(org, client)
        held = org.get(f"/events?after={kept - 1}")
        assert held.refused == (503, "feed-held")
        assert held.headers["retry-after"]

        _reopen(place, org)
        for _ in range(lost - kept + 2):
            org.movement(RECEIPT, quantity="7")
        size = org.log_size()
        signed(org, size, incarnation=1)
        assert size > lost

        for after in (kept, lost - 1):
            refused = org.get(f"/events?after={after}")
            assert refused.refused == (409, "feed-reset")
            assert refused.json["resume_after"] == str(kept - 1)
        with streaming(org, last_id=str(lost - 1)) as stream:
            assert stream.status == 409

        anew = _ids(org, kept)
        assert anew == [f"{org.code}:1.{n}" for n in range(kept, size)]
        assert not set(anew) & set(seen)
        assert _ids(org, 0)[:kept] == seen_before == seen[:kept]
        last = org.get(f"/events?after=1.{size - 1}")
        assert last.json == {"data": [], "next_after": f"1.{size - 1}"}
        first = org.get(f"/events?after={kept - 1}&limit=1").json["data"][0]
        assert (first["type"], first["incarnation"]) == ("velaurum.incarnation.created.v1", 1)
        with streaming(org, last_id=f"1.{size - 2}") as stream:
            (one,) = stream.take(1)
        assert one.last_id == f"1.{size - 1}"


def _ids(org: ApiOrg, begin: int) -> list[str]:
    ids: list[str] = []
    after = str(begin - 1)
    while True:
        reply = org.get(f"/events?after={after}&limit=200")
        assert reply.status == 200, reply
        ids += [one["id"] for one in reply.json["data"]]
        if reply.json["next_after"] == after:
            return ids
        after = reply.json["next_after"]


def _reopen(place: Place, org: ApiOrg) -> None:
    result = place.command("log", "reopen", org.code, "--reason", "restored a copy", "--json", "--yes")
    assert json.loads(result.stdout)["number"] == 1


def test_a_position_is_named_by_the_last_incarnation_that_may_have_altered_it() -> None:
    opened = [_opened(1, 80), _opened(2, 50), _opened(3, 120)]

    named = {index: str(positions.at(index, opened)) for index in (-1, 0, 49, 50, 79, 80, 119, 120)}

    assert named == {
        -1: "-1",
        0: "0",
        49: "49",
        50: "2.50",
        79: "2.79",
        80: "2.80",
        119: "2.119",
        120: "3.120",
    }


@pytest.mark.parametrize(
    ("seen", "resume"),
    [
        (Position(99), "49"),
        (Position(60), "49"),
        (Position(90, 1), "49"),
        (Position(130, 2), "2.119"),
        (Position(5, 4), "-1"),
        (Position(40, 1), "40"),
    ],
)
def test_a_reader_goes_on_behind_all_that_it_is_known_to_share(seen: Position, resume: str) -> None:
    opened = [_opened(1, 80), _opened(2, 50), _opened(3, 120)]

    assert str(positions.shared(seen, opened)) == resume


@pytest.mark.parametrize("text", ["-1", "0", "1999", "1.0", "12.1999"])
def test_a_position_is_read_as_it_is_written(text: str) -> None:
    found = positions.parse(text)

    assert str(found) == text


@pytest.mark.parametrize(
    "text", ["", "-2", "01", "1.", ".1", "0.5", "1.-1", "1.2.3", " 1", "1\n", "٣", "9" * 19]
)
def test_what_is_no_position_is_not_read(text: str) -> None:
    assert positions.parse(text) is None


def _opened(number: int, common_size: int) -> Incarnation:
    return Incarnation(number, 200, common_size, 200, "A" * 43 + "=", "2026-11-22T10:00:00.000000Z")
