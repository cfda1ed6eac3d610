"""`velaurum key`: the keys of an organisation, and their rotation, on the data directory."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from velaurum import texts
from velaurum.cli import local, progress, show
from velaurum.cli.flags import LOCAL, Local
from velaurum.db.connection import Database
from velaurum.errors import UsageError
from velaurum.keys import data_keys, opening, wrapping_keys
from velaurum.keys.keyring import Keyring
from velaurum.keys.wrapping_key_rotation import WrappingKeyRotation
from velaurum.ops import installation, key_rotations
from velaurum.ops.key_rotations import KeyRotation
from velaurum.tenancy.context import OrgId

Code = Annotated[str, Parameter(help="The code of the organisation.")]


def list_all(org: Code, /, *, flags: Local = LOCAL) -> None:
    with local.transaction(flags.settings()) as outside:
        org_id = OrgId(local.existing(outside, org).org_id)
        tx = outside.within(org_id)
        wrapping = wrapping_keys.list_all(tx, org_id)
        versions = data_keys.list_of_org(tx, org_id)
        subjects = data_keys.count_of_subjects(tx, org_id)
    if flags.json:
        show.document(
            {
                "wrapping_keys": [asdict(one) for one in wrapping],
                "data_keys": [asdict(one) for one in versions],
                "keys_of_subjects": subjects,
            }
        )
        return
    show.table(
        ("wrapping key", "version", "provider", "state", "since"),
        [(one.name, one.version, one.provider, one.state, one.created_at) for one in wrapping],
    )
    show.line("")
    show.table(
        ("data key", "version", "state", "rows under it", "since"),
        [(one.id, str(one.version), one.state, str(one.sealed_rows), one.created_at) for one in versions],
    )
    if subjects:
        show.line("")
        show.line(
            "Of data subjects: " + ", ".join(f"{count} {state}" for state, count in subjects.items()) + "."
        )


def rotate(
    org: Code,
    /,
    what: Annotated[
        Literal["data-keys", "wrapping-key"],
        Parameter(help="New keys for fields, or a new key that wraps those."),
    ] = "data-keys",
    *,
    rest: Annotated[
        str | None,
        Parameter(
            help="How long an old key stays after its last use, for whoever still reads with it: 60s for data keys,"
            " 10s for a wrapping key."
        ),
    ] = None,
    flags: Local = LOCAL,
) -> None:
    settings, rest_s = flags.settings(), _seconds(rest)
    with _keyring(flags, org) as (door, keyring, org_id):
        bar = _Bar("Sealing anew" if what == "data-keys" else "Wrapping anew", silent=flags.json)
        with closing(bar):
            done = key_rotations.rotate(
                door, keyring, settings.data_dir, org_id, KeyRotation(what), note=bar.note, rest_s=rest_s
            )
    if flags.json:
        show.document(dict(done))
        return
    if what == "wrapping-key":
        show.line(
            f"{done['data_keys_wrapped']} data keys are wrapped anew; "
            f"{done['wrapping_keys_destroyed']} wrapping keys are destroyed."
        )
        return
    show.line(
        f"{done['rows_sealed']} rows are sealed anew; {done['data_keys_destroyed']} keys are destroyed."
    )
    if done["rows_unreadable"]:
        show.note(f"{len(done['rows_unreadable'])} rows do not open, and keep their key; the log names them.")


def move(
    org: Code,
    /,
    *,
    provider: Annotated[str, Parameter(help="Who keeps the key: local, pkcs11, azure-kv or held.")],
    name: Annotated[str, Parameter(help="What the key is called there; its newest version is taken.")],
    keep_old: Annotated[
        bool, Parameter(help="Leave the key from before to its provider.", negative=())
    ] = False,
    flags: Local = LOCAL,
) -> None:
    with _keyring(flags, org) as (door, keyring, org_id):
        if provider not in keyring.providers.kinds:
            raise UsageError(
                f"No provider {provider} is set up here; there are: {', '.join(sorted(keyring.providers.kinds))}."
            )
        bar = _Bar("Wrapping anew", silent=flags.json)
        with closing(bar):
            to = keyring.providers.newest(provider, name)
            done = WrappingKeyRotation(door, keyring, bar.note, keeps_old=keep_old).run(org_id, to)
    if flags.json:
        show.document({**asdict(done), "key": asdict(to)})
        return
    show.line(
        f"{to.name}, version {to.version}, of {to.provider} wraps for {org}: {done.data_keys} data keys moved."
    )


@contextmanager
def _keyring(flags: Local, code: str) -> Iterator[tuple[Database, Keyring, OrgId]]:
    settings = flags.settings()
    local.quieten()
    with installation.opened(settings) as place, installation.door(place) as door:
        with door.installation() as outside:
            org_id = OrgId(local.existing(outside, code).org_id)
        with closing(opening.opened(settings, place.app_conninfo, counts=door.counts)) as keyring:
            yield door, keyring, org_id


def _seconds(rest: str | None) -> float | None:
    if rest is None:
        return None
    length = texts.duration(rest)
    if length is None:
        raise UsageError(f"--rest is {rest!r}; write a number and its unit, for example 60s.")
    return length.total_seconds()


class _Bar:
    """A bar that begins with the first word of how much there is to do."""

    def __init__(self, words: str, *, silent: bool) -> None:
        self._words = words
        self._silent = silent
        self._shown: Any = None
        self._tell: Any = None

    def note(self, done: int, total: int) -> None:
        if self._tell is None:
            self._shown = progress.shown(self._words, total, silent=self._silent)
            self._tell = self._shown.__enter__()
        self._tell(done)

    def close(self) -> None:
        if self._shown is not None:
            self._shown.__exit__(None, None, None)
