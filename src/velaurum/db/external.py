"""A PostgreSQL that somebody else runs: which role connects how, and whether the server is as it must be."""

import ipaddress
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from velaurum import secret_files
from velaurum.db import fence, witness
from velaurum.errors import OperationError

APP_ROLE = "velaurum_app"
INTEGRATOR_ROLE = "velaurum_integrator"
QUEUE_ROLE = "velaurum_queue"
SUPPORTED = (17, 18)
CONNECT_TIMEOUT_S = 10
_SETTINGS = "select name, setting from pg_settings"
_ROLE = (
    "select rolname, rolsuper, rolbypassrls, rolcreaterole, pg_encoding_to_char(d.encoding)"
    " from pg_roles, pg_database as d where rolname = current_user and d.datname = current_database()"
)
_MAKES_OBJECTS = (
    "select has_database_privilege(current_database(), 'temporary')"
    " or has_database_privilege(current_database(), 'create')"
)
_SECRETS = ("password", "sslpassword", "oauth_client_secret")
INSPECTIONS = ((_SETTINGS, None), (_ROLE, None), (_MAKES_OBJECTS, None))
_PASSWORD_FILES = {
    APP_ROLE: "database-password",
    INTEGRATOR_ROLE: "integrator-password",
    QUEUE_ROLE: "queue-password",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, and the mend when it is not as it must be."""

    name: str
    holds: bool
    mend: str
    is_required: bool = True


def application_conninfo(url: str, data_dir: Path) -> str:
    """Return how the application connects to the server of `url`: always as `velaurum_app`.

    A URL of another role is the administrator's; then the password is the one that migrate() gave the
    application and keeps in DATA/secrets. OperationError when there is none.
    """
    given = _parsed(url)
    if given.get("user") == APP_ROLE:
        return url
    path = _password_file(data_dir, APP_ROLE)
    if not path.exists():
        raise OperationError(
            f"{path} is missing, so the application cannot log in; run `velaurum migrate` with the "
            f"administrator's VELAURUM_DATABASE_URL, or write a URL of the role {APP_ROLE}."
        )
    return make_conninfo(url, user=APP_ROLE, password=path.read_text().strip())


def integrator_conninfo(url: str, data_dir: Path) -> str | None:
    """Return how the integrator connects to the server of `url`, or None where it has no password here."""
    return _conninfo_of(url, data_dir, INTEGRATOR_ROLE)


def queue_conninfo(url: str, data_dir: Path) -> str | None:
    """Return how the queue of jobs is reached on the server of `url`, or None where it has no password here."""
    return _conninfo_of(url, data_dir, QUEUE_ROLE)


def _conninfo_of(url: str, data_dir: Path, role: str) -> str | None:
    path = _password_file(data_dir, role)
    if not path.exists():
        return None
    return make_conninfo(url, user=role, password=path.read_text().strip())


def secured(url: str) -> str:
    """Return the URL with what it leaves open decided safely; what it says is kept.

    A server on another machine must prove who it is (verify-full), and no server gets a password in clear.
    """
    given = _parsed(url)
    wanted = {"require_auth": "!password,!md5"}
    if not _all_here(given):
        wanted |= {"sslmode": "verify-full", "sslrootcert": "system"} if "sslmode" not in given else {}
    return make_conninfo(url, **{name: value for name, value in wanted.items() if name not in given})


def is_here(url: str) -> bool:
    """Tell whether a URL names a server of this machine alone."""
    return _all_here(_parsed(url))


def holds_secret(url: str) -> bool:
    """Tell whether a URL has a password in it, of a role or of the key of a certificate."""
    return any(_parsed(url).get(name) for name in _SECRETS)


def with_password(url: str, password: str) -> str:
    """Return the URL with the password of its role."""
    return make_conninfo(url, password=password)


def is_administrator(url: str) -> bool:
    """Tell whether a URL may migrate: any role but the application's own."""
    return _parsed(url).get("user") != APP_ROLE


def provide_passwords(url: str, data_dir: Path) -> None:
    """Give the roles of the running product a random password each, once, kept in DATA/secrets for this user alone.

    OperationError when another data directory keeps one already: a second password would lock that one out.
    """
    for role in _PASSWORD_FILES:
        _provide_password(url, data_dir, role)


def keep_password(data_dir: Path, role: str, password: str) -> None:
    """Keep a password that somebody else gave a role, where the running product looks for it."""
    path, content = _password_file(data_dir, role), f"{password}\n".encode()
    if not path.exists() or path.read_bytes() != content:
        secret_files.replace(path, content)


def _provide_password(url: str, data_dir: Path, role: str) -> None:
    path = _password_file(data_dir, role)
    if path.exists():
        return
    with connected(url) as connection:
        kept = connection.execute(
            "select shobj_description(oid, 'pg_authid') from pg_roles where rolname = %s", [role]
        ).fetchone()
    if kept is not None and kept[0] is not None:
        raise OperationError(
            f"The password of {role} is kept in another data directory; copy its secrets/{path.name} "
            f"here, or write a VELAURUM_DATABASE_URL of the role {APP_ROLE}."
        )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    password = secrets.token_urlsafe(32)
    with psycopg.connect(url) as connection:
        # Hashed here, so that the password itself reaches neither the wire nor the server's log.
        verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
        named = sql.Identifier(role)
        connection.execute(sql.SQL("alter role {} password {}").format(named, verifier.decode()))
        connection.execute(
            sql.SQL("comment on role {} is 'its password is kept in a data directory of Velaurum'").format(
                named
            )
        )
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(password + "\n")


def _password_file(data_dir: Path, role: str) -> Path:
    return data_dir / "secrets" / _PASSWORD_FILES[role]


def require_supported(conninfo: str) -> None:
    """Raise OperationError when the server does not answer or is of a major version that we do not know."""
    with connected(conninfo) as connection:
        major = connection.info.server_version // 10_000
    if major not in SUPPORTED:
        raise OperationError(f"The database server is PostgreSQL {major}; use 17 or 18.")


def require_sound(conninfo: str) -> None:
    """Raise OperationError, with the mend, when the server must not be used: it could lose or leak."""
    for finding in findings(conninfo):
        if finding.is_required and not finding.holds:
            raise OperationError(f"The database is not as it must be ({finding.name}): {finding.mend}")


def findings(conninfo: str) -> list[Finding]:
    """Look at the server and at the role that connects. OperationError when it cannot be reached."""
    with connected(conninfo) as connection:
        settings: dict[str, str] = dict(connection.execute(_SETTINGS).fetchall())
        role = connection.execute(_ROLE).fetchone()
        fenced = fence.stands(connection)
        owner_is_closed = fence.owner_is_closed(connection)
        makes_objects = connection.execute(_MAKES_OBJECTS).fetchone()
        watched = witness.state(connection)
    if role is None:
        raise AssertionError("the catalogue always answers")
    major = int(settings["server_version_num"]) // 10_000
    return [
        Finding(f"PostgreSQL {major}", major in SUPPORTED, "Use PostgreSQL 17 or 18."),
        *_durability(settings),
        Finding("The database is in UTF8", role[4] == "UTF8", "Create the database with encoding UTF8."),
        Finding(
            f"The application connects as {role[0]}, without privileges",
            not any(role[1:4]),
            f"Connect as {APP_ROLE}, which is neither superuser nor may bypass row security.",
        ),
        Finding(
            "The application makes no objects, not even temporary ones",
            makes_objects == (False,),
            "Run `velaurum migrate` as the administrator, which takes these rights away.",
        ),
        Finding(
            "Nobody of the product can become the owner of the ledger",
            owner_is_closed,
            "Let velaurum_owner own the schemas, log in no more, and have none of the product's roles as a member.",
        ),
        Finding(
            "The DDL fence stands",
            fenced,
            "Run `velaurum migrate` once as a superuser; without it the owner of the ledger can change its tables.",
            is_required=False,
        ),
        Finding(
            "The witness of statements is on",
            watched.is_on,
            f"{watched.reason} Without it `velaurum posture tenancy` attests nothing.",
            is_required=False,
        ),
    ]


def _durability(settings: Mapping[str, str]) -> list[Finding]:
    return [
        *(
            Finding(f"{name} is on", settings[name] == "on", f"Set {name} = on in postgresql.conf.")
            for name in ("fsync", "synchronous_commit", "full_page_writes")
        ),
        Finding(
            "data_checksums is on",
            settings["data_checksums"] == "on",
            "Stop the server and run pg_checksums --enable; without it a damaged page is served as it is.",
            is_required=False,
        ),
    ]


@contextmanager
def connected(conninfo: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    try:
        with psycopg.connect(conninfo, connect_timeout=CONNECT_TIMEOUT_S) as connection:
            yield connection
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise OperationError(f"The database does not answer: {reason}") from error


def _all_here(given: Mapping[str, object]) -> bool:
    named = [given.get("host"), given.get("hostaddr")]
    return all(_is_here(str(one)) for one in named if one)


def _is_here(host: str) -> bool:
    if host.startswith("/") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _parsed(url: str) -> dict[str, object]:
    try:
        return dict(conninfo_to_dict(url))
    except psycopg.ProgrammingError as error:
        raise OperationError("VELAURUM_DATABASE_URL is not a PostgreSQL URL.") from error
