"""From what PostgreSQL says to what the product says; anything unexpected stays an error."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg_pool import PoolTimeout, TooManyRequests

from velaurum.errors import Refusal, invalid_field

RETRY_AFTER_S = 1
# A person has to look, so that nobody need ask at once.
_RETRY_AFTER_S = {"read-only": 60, "key-unavailable": 1}

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
    "VL13A": (
        "forbidden",
        "It takes another hand: nobody changes their own rights, nor those of the platform's operator.",
    ),
    "VL019": ("forbidden", "Only a service account provisions, in the whole organisation."),
    "VL020": (
        "forbidden",
        "An administrator of the organisation disabled this person; they enable them again.",
    ),
    "VL042": ("conflict", "The delivery is being sent at this moment; look how that goes."),
    "VL021": ("conflict", "The organisation has as many of these as it may."),
    "VL022": ("forbidden", "No group gives the role of a directory or of the platform's operator."),
    "VL023": ("not-found", "There is no such group."),
    "VL025": (
        "read-only",
        "The log is not what was signed of it; the operator of this installation can take it up again.",
    ),
    "VL040": ("conflict", "A job does not change in this way."),
    "VL041": ("conflict", "The job is in other hands: it was called off, or taken over."),
    "VL043": ("conflict", "An integration job does not change in this way."),
    "VL051": ("conflict", "The data subject was erased: nothing is sealed for them any more."),
    "VL052": (
        "key-unavailable",
        "The key that this was sealed with was destroyed meanwhile; repeat the request.",
    ),
    "VL053": ("conflict", "This version of the key wrapped for the organisation before; make another one."),
    "VL055": ("conflict", "A service or a process is nobody's data; only people are restricted or erased."),
    "VL056": ("conflict", "A person is erased after they were disabled; disable them first."),
    "VL057": ("legal-hold", "A legal hold keeps this principal."),
    "VL058": ("conflict", "This principal was erased before."),
    "VL062": ("conflict", "The item had stock; what is told apart within it stays."),
    "VL063": ("code-taken", "The item has another serial of this code, or of one that looks like it."),
    "VL070": ("conflict", "The count is not in a state where this can be done; look at it first."),
    "VL071": (
        "forbidden",
        "Who counted does not approve, nor who made the credential of the other; ask somebody else.",
    ),
    "VL073": (
        "forbidden",
        "A blind count is counted by who may not find out what there is; let a counter count it, or open another one.",
    ),
    "VL074": (
        "idempotency-key-invalid",
        "A key that begins with count: is the product's own; take another one.",
    ),
    "VL075": ("conflict", "Another count of this place is not at its end; post it or cancel it first."),
    "VL080": ("conflict", "The period is not over."),
    "VL081": ("conflict", "Periods close in their order, and open again in the other: not this one yet."),
    "VL090": ("conflict", "The shipment is not in a state where this can be done; look at it first."),
    "VL091": (
        "forbidden",
        "A step is taken by who reaches its place: the source to dispatch, the target to receive and to close.",
    ),
    "VL092": (
        "conflict",
        "The place holds stock that no shipment brought; move it away first, or name another place.",
    ),
    "VL094": ("conflict", "The shipment has 2,000 movements: receive all that is under way, or close it."),
    "VL093": (
        "idempotency-key-invalid",
        "A key of the form shipment:ID:NUMBER is the product's own; take another one.",
    ),
    "VL096": ("conflict", "The reservation was consumed or released before; look at it first."),
    "VL13B": ("conflict", "Nobody would be left who manages identity in the whole organisation."),
}

# Rules of a record as a whole, by the state that a trigger raises: the field that has to change, and why.
_BROKEN_STATES = {
    "VL060": ("/unit", "The item has this unit without a pack: it is its own, or of the same dimension."),
    "VL061": (
        "/item",
        "The item is not tracked in this way; its tracking says what is told apart within it.",
    ),
    "VL095": ("/expires_at", "A reservation expires in the future; leave it out for one that does not."),
    "VL082": ("/starts_at", "A period begins where the last one ends; the first one says where it begins."),
}

# Rules that one row can break, by the names of their constraints: the field that has to change, and why.
_BROKEN_RULES = {
    "location_depth_check": ("/parent", "A location lies at most 32 deep, the topmost counted."),
    "role_duties_check": ("/permissions", "No role holds both post and manage-catalog."),
    "assignment_org_id_role_fkey": ("/role", "There is no such role."),
    "role_break_glass_check": ("/code", "The role break-glass is the product's own."),
    "role_approver_check": ("/permissions", "No role holds both approve and manage-identity."),
    "role_closer_check": ("/permissions", "No role holds both close-periods and manage-identity."),
    "role_provisioner_check": (
        "/permissions",
        "No role holds provision with post, count, approve, close-periods, or what begins with manage.",
    ),
    "reservation_part_check": ("/quantity", "A serial is one piece: the quantity is 1."),
    "period_length_check": ("/ends_at", "A period ends after it begins."),
    "period_ends_at_check": ("/ends_at", "A period ends before the year 10000."),
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
            code, detail = _REFUSED[error.sqlstate]
            raise Refusal(code, detail, retry_after_s=_RETRY_AFTER_S.get(code)) from error
        rule = _BROKEN_STATES.get(error.sqlstate or "") or _BROKEN_RULES.get(error.diag.constraint_name or "")
        if rule is not None:
            raise invalid_field(*rule) from error
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
