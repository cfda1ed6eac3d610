"""People with second factors, written and read by many at once while keys are rotated."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import pyotp

from support.tenants import LIFE
from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.identity import second_factors, sessions, tokens
from velaurum.identity.factor_secrets import FactorSecrets
from velaurum.identity.sessions import Limits
from velaurum.tenancy.context import OrgContext, OrgId


@dataclass(slots=True)
class Person:
    """Somebody with a session, whose app has the secret of their confirmed second factor."""

    org: OrgContext
    app: pyotp.TOTP


def enrolled(door: Database, org_id: OrgId, factors: FactorSecrets) -> Person:
    """Make somebody who has a second factor."""
    with door.installation() as outside:
        name = f"person-{secrets.token_hex(4)}"
        token = tokens.create(outside, org_id, factors.keyring, "auditor", kind="user", name=name, life=LIFE)
        verified = tokens.verify(outside, token)
        assert verified is not None
        within = outside.within(org_id)
        secret = sessions.open_session(within, org_id, verified.actor_id, "password", Limits())
        credential = sessions.verify(outside, secret)
        assert credential is not None
        org = credential.context(
            f"{secrets.token_hex(4)}-0000-4000-8000-{secrets.token_hex(6)}", "own-session"
        )
        app = _app(second_factors.enrol(outside, org, factors, name))
        second_factors.confirm(outside, org, factors, app.now())
    return Person(org, app)


def write(door: Database, person: Person, factors: FactorSecrets) -> None:
    """Enrol another factor, and open it again as its owner would with its first code, which is wrong."""
    with door.installation() as outside:
        second_factors.enrol(outside, person.org, factors, "another")


def read(door: Database, person: Person, factors: FactorSecrets) -> None:
    """Open the secret of a person's second factor, and compare it with what their app has."""
    with door.installation() as outside:
        tx = outside.within(person.org.org_id)
        query = second_factors.QUERIES["required"]
        stored = tx.one(
            query, second_factors._Stored, org_id=person.org.org_id, principal_id=person.org.actor_id
        )
        opened = factors.open(tx, person.org.org_id, person.org.actor_id, stored.id, stored.sealed)
    assert opened == person.app.secret


@dataclass(slots=True)
class Load:
    """What many did at once: how often, how late at most, and everything that went wrong."""

    reads: int = 0
    writes: int = 0
    slowest_s: float = 0.0
    faults: list[str] = field(default_factory=list)


@contextmanager
def load(
    door: Database, people: list[Person], factors: Callable[[], FactorSecrets], *, writers: int, readers: int
) -> Iterator[Load]:
    """Let so many write and so many read until the end of the block. Each has a place in one of the keyrings."""
    seen, over, lock = Load(), threading.Event(), threading.Lock()

    def work(number: int, how: Callable[[Database, Person, FactorSecrets], None], what: str) -> None:
        mine = factors()
        turn = number
        while not over.is_set():
            begun = time.monotonic()
            try:
                how(door, people[turn % len(people)], mine)
            except Exception as error:  # noqa: BLE001 - whatever it is, the test tells it
                with lock:
                    seen.faults.append(f"{what}: {error.code if isinstance(error, Refusal) else error!r}")
            with lock:
                seen.slowest_s = max(seen.slowest_s, time.monotonic() - begun)
                setattr(seen, what, getattr(seen, what) + 1)
            turn += 7
            time.sleep(0.002)  # a client thinks, so that clients are not all that runs

    threads = [
        *(threading.Thread(target=work, args=(n, write, "writes")) for n in range(writers)),
        *(threading.Thread(target=work, args=(n, read, "reads")) for n in range(readers)),
    ]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _app(uri: str) -> pyotp.TOTP:
    return pyotp.TOTP(parse_qs(urlsplit(uri).query)["secret"][0])
