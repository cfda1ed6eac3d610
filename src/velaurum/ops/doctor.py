"""What `velaurum doctor` looks at: small checks that change nothing, each with the mend for when it fails."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from velaurum.config import Settings
from velaurum.db import binaries, catalogue, external
from velaurum.errors import OperationError
from velaurum.keys import modes
from velaurum.ops import (
    diagnosis,
    doctor_of_events,
    doctor_of_jobs,
    doctor_of_keys,
    doctor_of_logs,
    doctor_of_transport,
    doctor_of_webhooks,
    installation,
    production,
)
from velaurum.ops.diagnosis import Finding

LEAST_FREE_BYTES = 1024**3
OTHERS_MAY_READ_OR_WRITE = 0o066
SECRETS = ("secrets/*", "shares/*/*", "tls/key.pem")


def examine(settings: Settings) -> list[Finding]:
    """Run every check; none of them changes the installation."""
    found = [finding for check in ON_DISK for finding in check(settings)]
    try:
        with _reached(settings) as database:
            reached = database[:2]
            found += [finding for check in ON_DATABASE for finding in check(*reached)]
            found += doctor_of_logs.held_meta_log(settings, *reached)
            found += doctor_of_logs.verified(settings, *reached)
            found += doctor_of_logs.unsigned_logs(settings, *reached)
            found += doctor_of_logs.promised(database[3])
            found += doctor_of_jobs.worked(settings, database[2])
            found += doctor_of_webhooks.secrets(settings, *reached)
            found += doctor_of_keys.opened(settings, *reached)
            found += doctor_of_keys.stray(settings, *reached)
            found += doctor_of_keys.shared(settings, *reached)
            found += doctor_of_jobs.sealed(settings, *reached)
            found += doctor_of_transport.reached(settings, *reached)
    except OperationError as error:
        found.append(Finding("The database can be reached", None if _is_new(settings) else False, str(error)))
    return found


def pending(settings: Settings) -> list[str]:
    """Name what `velaurum migrate` would apply. OperationError when the database cannot be reached."""
    url = production.database_url(settings)
    if url is not None:
        return diagnosis.pending(url)
    with _reached(settings) as (_, administrator, *_):
        return diagnosis.pending(administrator)


def data_directory(settings: Settings) -> Iterator[Finding]:
    place = settings.data_dir
    try:
        found = place.stat()
    except OSError:
        yield Finding(
            f"The data directory {place} is there",
            False,
            "Name it with --data-dir, or run `velaurum up` once.",
        )
        return
    uid = os.geteuid()
    yield Finding(
        f"The data directory {place} is ours",
        uid in (0, found.st_uid),
        "Run the command as the user who runs Velaurum.",
    )
    yield Finding(
        "The data directory is closed to others",
        not found.st_mode & OTHERS_MAY_READ_OR_WRITE,
        f"chmod go-rw {place}",
    )


def secret_files(settings: Settings) -> Iterator[Finding]:
    kept = [path for pattern in SECRETS for path in settings.data_dir.glob(pattern)]
    open_ones = [str(path) for path in kept if stat.S_IMODE(path.stat().st_mode) & 0o077]
    yield Finding(
        "Secrets are readable by their owner alone", not open_ones, f"chmod 600 {' '.join(open_ones)}"
    )


def references(settings: Settings) -> Iterator[Finding]:
    mode = "production" if modes.is_on(settings) else "development"
    found = production.problem(settings)
    yield Finding(f"No secret stands where none may, in {mode}", found is None, found or "")


def disk_space(settings: Settings) -> Iterator[Finding]:
    place = settings.data_dir
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    yield Finding(
        f"The disk has room: {free / LEAST_FREE_BYTES:.1f} GiB free",
        free >= LEAST_FREE_BYTES,
        "Make room on the disk of the data directory, at least 1 GiB.",
    )


def programs(settings: Settings) -> Iterator[Finding]:
    if settings.database_url is not None:
        return
    try:
        found = binaries.find(settings.pg_bin)
    except OperationError as error:
        yield Finding("PostgreSQL's programs are there", False, str(error))
    else:
        yield Finding(f"PostgreSQL's programs are there, version {found.version}", holds=True, mend="")


def certificate(settings: Settings) -> Iterator[Finding]:
    cert, key = (settings.data_dir / "tls" / name for name in ("cert.pem", "key.pem"))
    if not cert.exists() and not key.exists():
        yield Finding("The certificate: `velaurum up` makes one at its first start", holds=True, mend="")
        return
    problem = _pair_problem(cert, key)
    yield Finding(
        "The certificate is valid and has its key",
        problem is None,
        f"{problem} Put a certificate at {cert} and its key at {key}, or remove both to get a self-signed pair.",
    )


def migrations(_application: str, administrator: str) -> Iterator[Finding]:
    missing = diagnosis.pending(administrator)
    yield Finding(
        "The database is migrated", not missing, f"Run `velaurum migrate`; pending: {', '.join(missing)}."
    )


def server(application: str, _administrator: str) -> Iterator[Finding]:
    for one in external.findings(application):
        yield Finding(one.name, one.holds, one.mend)


def walls(application: str, _administrator: str) -> Iterator[Finding]:
    yield Finding(
        "The walls between organisations stand",
        catalogue.is_sound(catalogue.examine(application)),
        "`velaurum verify tenancy` names what breaks them; `velaurum migrate` puts rights and policies right.",
    )


ON_DISK: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    data_directory,
    secret_files,
    references,
    disk_space,
    programs,
    certificate,
    doctor_of_webhooks.reach,
)
ON_DATABASE: tuple[Callable[[str, str], Iterator[Finding]], ...] = (
    migrations,
    server,
    walls,
    doctor_of_logs.held_logs,
    doctor_of_events.subscribers_follow,
)


@contextmanager
def _reached(settings: Settings) -> Iterator[tuple[str, str, str | None, str | None]]:
    """Reach the database as it is, not migrated: as the application, and as whoever knows what is pending."""
    if found := production.problem(settings):
        raise OperationError(found)
    url = production.database_url(settings)
    if url is not None:
        yield (
            external.application_conninfo(url, settings.data_dir),
            url,
            external.queue_conninfo(url, settings.data_dir),
            external.integrator_conninfo(url, settings.data_dir),
        )
        return
    if _is_new(settings):
        raise OperationError(f"There is no database in {settings.data_dir} yet; `velaurum up` makes it.")
    with installation.opened(settings) as place:
        administrator = place.admin_conninfo or place.app_conninfo
        yield place.app_conninfo, administrator, place.queue_conninfo, place.integrator_conninfo


def _is_new(settings: Settings) -> bool:
    return settings.database_url is None and not (settings.data_dir / "postgres" / "data").exists()


def _pair_problem(cert: Path, key: Path) -> str | None:
    try:
        said = x509.load_pem_x509_certificate(cert.read_bytes())
        held = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except OSError as error:
        return f"{error.filename} cannot be read ({error.strerror})."
    except (TypeError, ValueError, UnsupportedAlgorithm):
        return "One of the two is not a PEM file without a password."
    if held.public_key() != said.public_key():
        return "The key belongs to another certificate."
    if not said.not_valid_before_utc <= datetime.now(UTC) <= said.not_valid_after_utc:
        return (
            f"The certificate is valid from {said.not_valid_before_utc} to {said.not_valid_after_utc} only."
        )
    return None
