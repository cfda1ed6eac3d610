"""Texts that are sealed for people, one of each kind: where it stands, and what seals, records and moves it as SQL."""

from typing import NamedTuple

from proof.keys_story import KEYS, SUBJECT
from proof.worlds import HERE, THERE, free

Whose = tuple[tuple[str, str], ...]  # rows of a table, each with its organisation


class Sealed(NamedTuple):
    """Where a text stands: the word for its records, table and column; the routine that seals it, and its index."""

    word: str
    table: str
    column: str
    routine: str
    index: str | None = None

    @property
    def whose(self) -> str:
        return "id" if self.word == "principal" else "principal_id"

    @property
    def arguments(self) -> str:
        """What the routine is told of a row x, before the sealed text."""
        named = f"'{self.column}', " if self.word == "scim-user" else ""
        return f"{HERE}, x.id, {named}x.{self.column}"


NAME = Sealed("principal", "identity.principal", "name", "identity.seal_name")
ATTRIBUTES = Sealed(
    "scim-user", "identity.scim_user", "attributes", "identity.seal_scim_user", "display_name_index"
)
USER_NAME = Sealed(
    "scim-user", "identity.scim_user", "user_name", "identity.seal_scim_user", "user_name_index"
)
PASSKEY = Sealed("passkey", "identity.passkey", "name", "identity.seal_passkey")
# What the log commits to.
LOGGED = (
    NAME,
    Sealed("invitation", "identity.invitation", "login", "identity.seal_invitation", "login_index"),
    Sealed("password", "identity.password", "login", "identity.seal_password", "login_index"),
    Sealed(
        "provider-subject",
        "identity.provider_subject",
        "subject",
        "identity.seal_provider_subject",
        "subject_index",
    ),
    PASSKEY,
    USER_NAME,
    Sealed("scim-user", "identity.scim_user", "external_id", "identity.seal_scim_user", "external_id_index"),
    Sealed("scim-user", "identity.scim_user", "attributes_digest", "identity.seal_scim_user"),
)
TEXTS = (*LOGGED, ATTRIBUTES)
OF_ORG = f"(select k.id from keys.data_key as k where k.org_id = {HERE} and k.subject_id is null)"


def sealed(commitment: str, key: str = OF_ORG) -> str:
    """Return a sealed text that nobody opens, as SQL."""
    return (
        f"'VE1.' || {commitment} || '.' || encode(decode('56450101', 'hex') || uuid_send({key})"
        " || decode(repeat('ef', 28), 'hex'), 'base64')"
    )


NOTHING = "repeat('A', 43) || '='"
NOBODYS = sealed(NOTHING)
KEY = f"'{KEYS[SUBJECT, 2]}'::uuid"


def one_both_have(table: str, such: str = "true") -> str:
    return (
        f"(select a.id from {table} as a inner join {table} as b on a.id = b.id"
        f" where a.org_id = {HERE} and b.org_id = {THERE} and {such} order by a.id limit 1)"
    )


_LIVES = "'user' = all(array[a.kind, b.kind]) and coalesce(a.disabled_at, b.disabled_at) is null"
PERSON = one_both_have("identity.principal", _LIVES)


def _committed(one: Sealed) -> str:
    """Return what the newest version of a record here, as x, says of its text."""
    return (
        f"(select c.commitments ->> '{one.column}' from audit.version as v"
        " inner join audit.change as c on v.org_id = c.org_id and v.change_id = c.id"
        f" where v.org_id = {HERE} and v.subject = '{one.word}' and v.subject_id = x.id"
        " order by v.log_index desc limit 1)"
    )


def versions(source: str, target: str) -> str:
    """Return what lets one organisation have the versions of the other one."""
    return (
        f"insert into audit.version select (jsonb_populate_record(v, jsonb_build_object('org_id', {target}))).*"
        f" from audit.version as v where v.org_id = {source} on conflict do nothing"
    )


def key_of(whose: str) -> str:
    return (
        f"(select k.id from keys.data_key as k where k.org_id = {HERE} and k.subject_id = {whose}"
        " and k.state = 'active')"
    )


def seal(one: Sealed) -> str:
    """Return what seals one text that both have for the first time, of somebody who has a key."""
    has_key = f"a.{one.whose} = b.{one.whose} and {key_of(f'a.{one.whose}')} is not null"
    such = {NAME: f"{_LIVES} and {has_key}"}.get(one, f"a.{one.column} is not null and {has_key}")
    commitment = NOTHING if one == ATTRIBUTES else _committed(one)
    index = {"identity.seal_scim_user": ", sha256('i')"}.get(one.routine, "")
    if one.index is not None:
        index = f", coalesce(x.{one.index}, sha256('i'))"
    return (
        f"select {one.routine}({one.arguments}, {sealed(commitment, key_of(f'x.{one.whose}'))}{index})"
        f" from {one.table} as x where x.org_id = {HERE} and x.id = {one_both_have(one.table, such)}"
    )


_RECORD = ("audit.change", "audit.version", "audit.personal_value")
CHANGES = tuple(f"'5ea1000{n}-0000-4000-8000-000000000000'::uuid" for n in range(len(LOGGED)))
_ALL = tuple((HERE, one) for one in CHANGES[:4])


def _but(nth: int) -> tuple[tuple[str, str], ...]:
    """Return all changes as those of this organisation, but for one that is the other's."""
    return (*_ALL[:nth], (THERE, CHANGES[nth]), *_ALL[nth + 1 :])


def recorded(
    one: Sealed, row: str, first: int, *, changes: Whose, of_versions: Whose, values: Whose, value: str
) -> str:
    """Return what writes versions of a record, like the first of it here, from an index on."""
    like = (
        f"(select v.change_id from audit.version as v where v.org_id = {HERE} and v.subject = '{one.word}'"
        f" and v.subject_id = {row} order by v.log_index limit 1)"
    )
    return free(
        *_RECORD,
        do="insert into audit.version select (jsonb_populate_record(v, jsonb_build_object("
        f"'org_id', n.org_id, 'change_id', n.id, 'log_index', {first} + n.at))).* from audit.version as v"
        f" cross join {_listed(of_versions)} where v.org_id = {HERE} and v.change_id = {like};"
        " insert into audit.change select (jsonb_populate_record(c, jsonb_build_object("
        f"'org_id', n.org_id, 'id', n.id))).* from audit.change as c cross join {_listed(changes)}"
        f" where c.org_id = {HERE} and c.id = {like};"
        " insert into audit.personal_value (org_id, change_id, name, salt, value)"
        f" select n.org_id, n.id, '{one.column}', {value} from {one.table} as x cross join {_listed(values)}"
        f" where x.org_id = {HERE} and x.id = {row}",
    )


def _listed(whose: Whose) -> str:
    rows = ", ".join(f"({org_id}, {one}, {CHANGES.index(one)})" for org_id, one in whose)
    return f"(values {rows}) as n (org_id, id, at)"


def in_part_there(one: Sealed) -> str:
    """Return what lets a plain text have a version here, and later ones of which one part each is elsewhere."""
    return recorded(
        one,
        row_of(one),
        900_000,
        changes=_but(1),
        of_versions=_but(2),
        values=_but(3),
        value=f"sha256(uuid_send(n.id)), x.{one.column}",
    )


def row_of(one: Sealed) -> str:
    """Return the id of a record that both have; of a person, one who lives."""
    return PERSON if one == NAME else one_both_have(one.table, f"a.{one.column} is not null")


def as_logged(one: Sealed) -> str:
    """Return what lets texts be sealed in both, as the versions here have them."""
    return free(
        one.table,
        do=f"update {one.table} as x set {one.column} = k.value from (select distinct on (v.subject_id) v.subject_id,"
        " p.value from audit.version as v inner join audit.personal_value as p"
        f" on v.org_id = p.org_id and v.change_id = p.change_id where v.org_id = {HERE} and v.subject = '{one.word}'"
        f" and p.name = '{one.column}' and p.salt is null order by v.subject_id, v.log_index desc) as k"
        " where k.subject_id = x.id",
    )


def sealed_there(one: Sealed) -> str:
    """Return what seals a text under the key of this organisation in the other one."""
    return free(
        one.table,
        do=f"update {one.table} set {one.column} = {NOBODYS} where org_id = {THERE} and id = {row_of(one)}",
    )
