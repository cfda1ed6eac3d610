"""From what PostgreSQL says to what the product says; anything unexpected stays an error."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg_pool import PoolTimeout, TooManyRequests

from velaurum.errors import Refusal

RETRY_AFTER_S = 1

# The server is going away, is full, or did not get to it in time: the same request may succeed later.
_PASSING = ("08", "53", "57", "55P03", "40", "25006")

# Raised where an organisation is entered (sql/routines/13_entering.sql), and by what judges a session or a person anew.
_REFUSED = {
    "VL003": ("suspended", "The organisation is suspended; the operator of this installation can resume it."),
    "VL004": ("unauthenticated", "The credential is not valid any more."),
    "VL006": (
        "forbidden",
        "It takes another person: not who asked, nor who made the credential of the other, and no process.",
    ),
    "VL005": ("forbidden", "The credential does not allow this any more."),
    "VL018": ("forbidden", "The role break-glass comes with a glass that was broken, and no other way."),
    "VL016": ("stale-session", "You signed in more than 10 minutes ago; sign in again, then repeat this."),
}


@contextmanager
def translated() -> Iterator[None]:
    """Turn passing trouble of the database into `overloaded`: nothing is known to be recorded, retry by key."""
    try:
        yield
    except (PoolTimeout, TooManyRequests) as error:
        raise _overloaded() from error
    except psycopg.Error as error:
        if is_passing(error):
            raise _overloaded() from error
        if error.sqlstate in _REFUSED:
            raise Refusal(*_REFUSED[error.sqlstate]) from error
        raise


def is_passing(error: psycopg.Error) -> bool:
    if error.sqlstate is None:  # the connection broke before the server could say why
        return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
    return error.sqlstate.startswith(_PASSING)


def _overloaded() -> Refusal:
    return Refusal(
        "overloaded",
        "The database did not answer. The request may or may not be recorded: repeat it with the same key.",
        retry_after_s=RETRY_AFTER_S,
    )
