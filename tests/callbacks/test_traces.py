"""After every end of a job neither the dump of the database nor any log has its secret, or the hash of it (V-11)."""

import hashlib
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from callbacks.conftest import Watched
from support.api_orgs import ApiOrg
from support.callback_answers import DONE, HEADER, Outside, acted, ask, hand_out, read
from velaurum.identity import secrets
from velaurum.identity.secrets import CALLBACK_PREFIX
from velaurum.jobs.callback_secrets import SEAL_LENGTH

PATIENCE_S = 60.0
_SECRET_TEXT = 43


@dataclass(frozen=True, slots=True)
class Sought:
    """What must be nowhere: the secret and its hash, in every form that something writes them."""

    text: str

    @property
    def raw(self) -> bytes:
        parts = secrets.parse(self.text[:-SEAL_LENGTH], (CALLBACK_PREFIX,))
        assert parts is not None
        return parts.secret

    @property
    def hash(self) -> bytes:
        return hashlib.sha256(self.raw).digest()

    def forms(self) -> Iterator[tuple[str, bytes]]:
        yield "the secret", self.text.encode()
        # Its own digits, without the ids before them, which are no secret.
        own = self.text[len(CALLBACK_PREFIX) + _SECRET_TEXT :][:_SECRET_TEXT]
        yield "the digits of the secret", own.encode()
        yield "the seal", self.text[-SEAL_LENGTH:].encode()
        for name, value in (("secret", self.raw), ("hash", self.hash)):
            yield f"the raw {name}", value
            yield f"the {name} in hexadecimal", value.hex().encode()
            yield f"the {name} in capitals", value.hex().upper().encode()
            yield f"the {name} in octal", b"".join(b"\\%03o" % byte for byte in value)
            # Without what depends on where it begins and ends.
            yield f"the {name} in base64", b64encode(value).rstrip(b"=")[:-1]
            yield f"the {name} in URL-safe base64", urlsafe_b64encode(value).rstrip(b"=")[:-1]

    def found_in(self, haystack: bytes) -> list[str]:
        return [name for name, form in self.forms() if form in haystack]


def _succeed(org: ApiOrg, outside: Outside) -> None:
    assert acted(org, outside.job_id, "sent").status == 200
    assert outside.take(org.client).status == 200
    assert outside.end(org.client).status == 200


def _fail(org: ApiOrg, outside: Outside) -> None:
    assert outside.end(org.client, {"outcome": "failed", "result": {"why": "no paper"}}).status == 200


def _cancel(org: ApiOrg, outside: Outside) -> None:
    assert acted(org, outside.job_id, "cancel").status == 200


def _expire(org: ApiOrg, outside: Outside) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while read(org, outside.job_id)["state"] != "expired":
        assert time.monotonic() < deadline
        time.sleep(0.2)


ENDS: dict[str, Callable[[ApiOrg, Outside], None]] = {
    "succeeded": _succeed,
    "failed": _fail,
    "cancelled": _cancel,
    "expired": _expire,
}


@pytest.mark.parametrize("state", ENDS)
def test_no_trace_of_a_secret_is_left_after_any_end(watched: Watched, state: str) -> None:
    org, key = watched.org, f"traces-{state}"
    lives = {"expires": "8s"} if state == "expired" else {}
    outside = hand_out(org, key=key, item="BOLT", **lives)
    sought = Sought(outside.secret)
    assert ask(org, key=key, item="BOLT", **lives).json["secret"] is None
    before = watched.dump()
    # Refused on the way, with what each of these says of it.
    org.client.post(outside.path, DONE, headers=[(HEADER, outside.secret[:-1])])
    outside.end(org.client, {"outcome": "succeeded", "result": {"half": 0.5}})

    ENDS[state](org, outside)
    assert read(org, outside.job_id)["state"] == state
    assert outside.end(org.client).refused == (410, "callback-ended")

    after = watched.dump()
    assert sought.found_in(before) == ["the hash in hexadecimal"]  # and nothing else, while it is open
    assert sought.found_in(after) == []
    assert outside.job_id.encode() in after
    logs = watched.logs()
    assert {name: found for name, log in logs.items() if (found := sought.found_in(log))} == {}
    told = b"".join(logs.values())
    assert b"jobs.use_callback" in told
    assert b"jobs.create_integration_job" in told
    assert outside.job_id.encode() in told  # as a parameter of a statement: they are logged, too


def test_the_worker_ends_what_is_over_and_says_when_it_looked(watched: Watched) -> None:
    outside = hand_out(watched.org, expires="1s")
    _expire(watched.org, outside)
    with watched.superuser() as connection:
        row = connection.execute(
            "select s.runs_in, s.outcome, s.cadence::text from platform.schedule as s where s.name = 'callback-expiry'"
        ).fetchone()

    assert row == ("worker", "done", "00:00:05")
    assert [one["actor"]["kind"] for one in read(watched.org, outside.job_id)["steps"]] == [
        "process",
        "service",
    ]
