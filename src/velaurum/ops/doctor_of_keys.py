"""What `velaurum doctor` looks at of keys: whether each that wraps something, and each share, can be used from here."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing

from velaurum.config import Settings
from velaurum.db.connection import Database
from velaurum.errors import Refusal
from velaurum.keys import data_keys, opening, wrapping_keys
from velaurum.keys.keyring import Keyring
from velaurum.keys.shares import FOLDER, Shares
from velaurum.ops.diagnosis import Finding, door, pending
from velaurum.tenancy import orgs
from velaurum.tenancy.context import OrgId

_NAMED = 20


def opened(settings: Settings, application: str, administrator: str) -> Iterator[Finding]:
    """Tell whether every wrapping key unwraps a data key of its organisation, as the settings of this command say."""
    name = "The keys of organisations can be used"
    if pending(administrator):
        yield Finding(name, None, "Run `velaurum migrate` first.")
        return
    with (
        door(application) as database,
        closing(opening.opened(settings, application, counts=database.counts)) as keyring,
    ):
        with database.installation() as outside:
            directory = orgs.list_all(outside)
        lost = [
            f"{org.code}: {named}"
            for org in directory
            for named in _lost(database, keyring, OrgId(org.org_id))
        ]
    yield Finding(
        name,
        not lost,
        f"What they seal cannot be read: {'; '.join(lost)}. Put the files back into secrets/wrapping-keys of the data "
        "directory, or have the provider let this installation use them.",
    )


def shared(settings: Settings, application: str, administrator: str) -> Iterator[Finding]:
    """Tell whether the share of every person whose keys need one is there, and how many keys need none yet."""
    lost, whole = "Shares of people's keys are there", "Keys of people are split"
    if pending(administrator):
        yield from (Finding(name, None, "Run `velaurum migrate` first.") for name in (lost, whole))
        return
    shares, missing, unsplit = Shares(settings.data_dir), [], Counter[str]()
    with door(application) as database:
        with database.installation() as outside:
            directory = orgs.list_all(outside)
        for org in directory:
            org_id = OrgId(org.org_id)
            with database.installation() as outside:
                subjects = data_keys.shared(outside.within(org_id), org_id)
            missing += [
                f"{FOLDER}/{org_id}/{one.subject_id} ({org.code})"
                for one in subjects
                if one.split and not shares.is_whole(org_id, one.subject_id)
            ]
            unsplit[org.code] += sum(one.whole for one in subjects)
    yield Finding(
        lost,
        not missing,
        f"{len(missing)} are missing or not whole, and the notes of these people do not open: {_told(missing)}. Put "
        "the files back into the data directory; nothing makes them anew.",
    )
    yield Finding(
        whole,
        not +unsplit,
        "A backup from before an erasure opens with these: "
        + "; ".join(f"{code}: {count}" for code, count in sorted((+unsplit).items()))
        + ". Run `velaurum key rotate ORG`.",
    )


def stray(settings: Settings, application: str, administrator: str) -> Iterator[Finding]:
    """Tell whether the newest version that a provider has of each key that wraps is one that the database knows."""
    name = "Versions of keys are in use"
    if pending(administrator):
        yield Finding(name, None, "Run `velaurum migrate` first.")
        return
    with (
        door(application) as database,
        closing(opening.opened(settings, application, counts=database.counts)) as keyring,
    ):
        with database.installation() as outside:
            directory = orgs.list_all(outside)
        found = [one for org in directory for one in _stray(database, keyring, OrgId(org.org_id), org.code)]
    yield Finding(
        name,
        not found,
        f"These wrap nothing: {'; '.join(found)}. A rotation that was refused left them, or their owner made them. "
        "Destroy each at its provider, or use it: `velaurum key rotate ORG`.",
    )


def _stray(database: Database, keyring: Keyring, org_id: OrgId, code: str) -> Iterator[str]:
    with database.installation() as outside:
        active = wrapping_keys.active(outside.within(org_id), org_id)
    if active is None:
        return
    try:
        newest = keyring.providers.newest(active.provider, active.name)
    except Refusal:
        return  # what cannot be used is told already
    # After the provider was asked: a rotation that ended meanwhile is known by now.
    with database.installation() as outside:
        if not wrapping_keys.knows(outside.within(org_id), org_id, newest):
            yield f"{code}: {newest.provider} {newest.name}, version {newest.version}"


def _told(missing: list[str]) -> str:
    more = f", and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
    return ", ".join(missing[:_NAMED]) + more


def _lost(database: Database, keyring: Keyring, org_id: OrgId) -> Iterator[str]:
    with database.installation() as outside:
        tx = outside.within(org_id)
        for key in data_keys.one_of_each(tx, org_id):
            try:
                keyring.unwrap(tx, org_id, key)
            except Refusal:
                yield f"{key.provider} {key.key_name}, version {key.key_version}"
