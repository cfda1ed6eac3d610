"""Importing: the rows of an organisation that was exported, written by the owner in one transaction, or not at all.

The one way into append-only tables beside the routines: for a database without any organisation, as its administrator,
in the window of a migration. Triggers are off for the length of that transaction, and always on again with its end.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from velaurum.db import importing_stock, importing_texts, migrate
from velaurum.errors import OperationError

_OTHERS = "select o.code from tenancy.org as o order by o.code limit 1"
_SHAPES = "select s.subject, s.sv, s.columns from platform.shape as s"
_TABLES = """
select (x.how).subject, n.nspname, c.relname
from (
    select g.tgrelid, rtrim(encode(g.tgargs, 'escape'), '\\000')::audit.opting as how from pg_catalog.pg_trigger as g
    where g.tgfoid = 'audit.record_change()'::regprocedure
) as x
inner join pg_catalog.pg_class as c on x.tgrelid = c.oid
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
"""
_COLUMNS = """
select a.attname, format_type(a.atttypid, null), a.attnotnull
from pg_catalog.pg_attribute as a
where a.attrelid = format('%%I.%%I', %s::text, %s::text)::regclass and a.attnum > 0 and not a.attisdropped
    and a.attgenerated = ''
order by a.attnum
"""
_TRIGGERS = """
select n.nspname, c.relname, g.tgname
from pg_catalog.pg_trigger as g
inner join pg_catalog.pg_class as c on g.tgrelid = c.oid
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
where not g.tgisinternal and g.tgenabled = 'A' and c.relowner = to_regrole('velaurum_owner')
    and n.nspname in ('tenancy', 'identity', 'catalog', 'ledger', 'counting', 'audit', 'webhooks')
"""
# Columns that are in no record, and have a default or may be null.
_APART = frozenset(
    {
        *("held_since", "held_reason", "cut_at", "last_step", "user_name_key", "posting_xid"),
        *("login_index", "subject_index", "user_name_index", "external_id_index", "display_name_index"),
    }
)
# What opens nothing: in the place of every secret, which no export has.
_OPENS_NOTHING = "sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))"
_OPENS_NOTHING_WHILE_ALIVE = f"case when s.r ->> 'revoked_at' is null then {_OPENS_NOTHING} end"
_OF_ORG = "%(org)s::uuid"
_OF_ANY = "(s.r ->> {name})::{kind}"
_OF_KIND = {"interval": "make_interval(secs => (s.r ->> {name})::float8)"}
_OF_ARRAY = "case when s.r ? {name} then array(select e from jsonb_array_elements_text(s.r -> {name}) as e)::{kind} end"
# What was of a person who was erased is in no record any more; a column that needs something has the record's id.
_ERASED = "coalesce(s.r ->> {name}, 'erased-' || (s.r ->> 'id'))"
_UNSEEN = "extract(epoch from clock_timestamp())::bigint"
# Bookkeeping that must be there and is in no record; a directory sends its own again. A second factor is as if it were
# sealed under a key that is gone, so that no rotation takes it for one from before there were keys.
_BOOKKEEPING = {
    ("principal", "name"): "coalesce(s.r ->> {name}, 'erased')",
    ("provider-subject", "subject"): _ERASED,
    ("passkey", "name"): _ERASED,
    ("invitation", "login"): _ERASED,
    ("password", "login"): _ERASED,
    (
        "second-factor",
        "sealed",
    ): f"'\\x56450101'::bytea || uuid_send(gen_random_uuid()) || {_OPENS_NOTHING_WHILE_ALIVE}",
    ("scim-user", "user_name"): _ERASED,
    ("scim-user", "attributes"): "null",
    ("scim-user", "display_name_key"): "null",
    ("scim-group", "display_name_key"): "lower(s.r ->> 'display_name')",
    # No directory has seen these versions, so that none changes what it did not read.
    **dict.fromkeys((("scim-user", "version"), ("scim-group", "version")), _UNSEEN),
    **dict.fromkeys((("scim-user", "updated_at"), ("scim-group", "updated_at")), "clock_timestamp()"),
}
_CHANGES = """
insert into audit.change (
    org_id, id, at, actor_id, credential_id, request_id, subject, subject_id, sub_org_id, is_shared, action, before,
    after, sv, row_after, commitments
)
select
    %(org)s, (r ->> 'change_id')::uuid, (r ->> 'changed_at')::timestamptz, (r ->> 'actor_id')::uuid,
    (r ->> 'credential_id')::uuid, (r ->> 'request_id')::uuid, r ->> 'subject', (r ->> 'subject_id')::uuid,
    (r ->> 'sub_org_id')::uuid, (r ->> 'is_shared')::boolean, r ->> 'action', r -> 'before', r -> 'after',
    (r ->> 'sv')::integer, r -> 'row', r -> 'pii'
from pg_temp.staged
"""
# What was recorded elsewhere no transaction of here recorded, and it is committed here long after the instant it says.
_VERSIONS = """
insert into audit.version (
    org_id, log_index, change_id, subject, subject_id, sub_org_id, is_shared, recorded_at, action, previous_index, sv,
    entry, leaf_hash, xid
)
select
    %(org)s, (r ->> 'log_index')::bigint, (r ->> 'change_id')::uuid, r ->> 'subject', (r ->> 'subject_id')::uuid,
    (r ->> 'sub_org_id')::uuid, (r ->> 'is_shared')::boolean, (r ->> 'recorded_at')::timestamptz, r ->> 'action',
    (r ->> 'previous_index')::bigint, (r ->> 'sv')::integer, e.entry, sha256('\\x00'::bytea || e.entry), null
from pg_temp.staged cross join lateral (select decode(r ->> 'entry', 'base64') as entry) as e
order by (r ->> 'log_index')::bigint
"""
_PERSONAL = """
insert into audit.personal_value (org_id, change_id, name, salt, value)
select %(org)s, (r ->> 'of')::uuid, r ->> 'name', decode(r ->> 'salt', 'base64'), r ->> 'value' from pg_temp.staged
"""
_DECISIONS = """
insert into ledger.decision (
    org_id, idempotency_key, request_hash, outcome, problem, record_id, decided_at, actor_id, credential_id, request_id
)
select
    %(org)s, r ->> 'idempotency_key', decode(r ->> 'request_hash', 'hex'), r ->> 'outcome', r -> 'problem',
    (r ->> 'record_id')::uuid, (r ->> 'decided_at')::timestamptz, (r ->> 'actor_id')::uuid,
    (r ->> 'credential_id')::uuid, (r ->> 'request_id')::uuid
from pg_temp.staged
"""
# Whoever was erased stays so: no key is made for them here either.
_ERASURES = """
with kept as (
    insert into identity.erasure (
        org_id, principal_id, erased_at, receipt, created_by, credential_id, request_id, replayed_at
    )
    select
        %(org)s, (r ->> 'principal_id')::uuid, (r ->> 'erased_at')::timestamptz, r -> 'receipt',
        (r ->> 'created_by')::uuid, (r ->> 'credential_id')::uuid, (r ->> 'request_id')::uuid,
        (r ->> 'replayed_at')::timestamptz
    from pg_temp.staged
    returning principal_id
)
select keys.erase_subject(%(org)s, k.principal_id) from kept as k
"""
_HOLDS = """
insert into identity.legal_hold (
    org_id, id, principal_id, action, reason, created_by, credential_id, request_id, created_at
)
select
    %(org)s, (r ->> 'id')::uuid, (r ->> 'principal_id')::uuid, r ->> 'action', r ->> 'reason',
    (r ->> 'created_by')::uuid, (r ->> 'credential_id')::uuid, (r ->> 'request_id')::uuid,
    (r ->> 'created_at')::timestamptz
from pg_temp.staged
"""
_RESTRICTIONS = _HOLDS.replace("identity.legal_hold", "identity.restriction")
_HEAD = """
insert into ledger.head (org_id, size, recorded_at, closed_until, soft_closed_until, reserved_until)
select
    %(org)s, count(*), max(l.recorded_at), max(c.closed_until), max(c.soft_closed_until),
    (select max(coalesce(r.expires_at, 'infinity')) from ledger.reservation as r where r.org_id = %(org)s)
from audit.leaf as l cross join ledger.closed_until(%(org)s) as c where l.org_id = %(org)s returning size
"""
_HOLD = "update tenancy.org as o set held_since = clock_timestamp(), held_reason = %(reason)s where o.org_id = %(org)s"
_PAGES: Mapping[str, str] = {
    "changes": _CHANGES,
    "versions": _VERSIONS,
    "movements": importing_stock.MOVEMENTS,
    "personal": _PERSONAL,
    "decisions": _DECISIONS,
    "erasures": _ERASURES,
    "holds": _HOLDS,
    "restrictions": _RESTRICTIONS,
}


@dataclass(slots=True)
class Importer:
    """Writes one organisation. Rows come as JSON, as an export has them."""

    connection: psycopg.Connection[Any]
    org_id: str

    def shapes(self) -> dict[tuple[str, int], Any]:
        """Return the columns of records here, by kind and number of the shape."""
        return {(one, sv): columns for one, sv, columns in self.connection.execute(_SHAPES).fetchall()}

    def tables(self) -> dict[str, tuple[str, str]]:
        """Return the table of each kind of record."""
        return {one: (schema, name) for one, schema, name in self.connection.execute(_TABLES).fetchall()}

    def sealed(self) -> dict[str, list[str]]:
        """Return the columns of texts that are sealed for people, by the kind of record."""
        return importing_texts.columns(self.connection)

    def records(self, subject: str, table: tuple[str, str], lines: Iterable[bytes]) -> None:
        """Write all records of a kind, without what refers to departments: refer_to_departments() does that."""
        self._stage(lines)
        names: list[sql.Composable] = []
        values: list[sql.Composable] = []
        for name, kind, is_required in self.connection.execute(_COLUMNS, table).fetchall():
            value = _value(subject, name, kind, is_required=is_required)
            if value is not None:
                names.append(sql.Identifier(name))
                values.append(value)
        self.connection.execute(
            sql.SQL(
                "insert into {} ({}) select {} from (select r ->> 'log_index', r -> 'record' as r"
                " from pg_temp.staged) as s"
            ).format(sql.Identifier(*table), sql.SQL(", ").join(names), sql.SQL(", ").join(values)),
            {"org": self.org_id},
        )

    def refer_to_departments(self, lines: Iterable[bytes]) -> None:
        """Put principals into their departments, which principals have made."""
        self._stage(lines)
        self.connection.execute(
            "update identity.principal as p set sub_org_id = (s.r -> 'record' ->> 'sub_org_id')::uuid"
            " from pg_temp.staged as s where p.org_id = %(org)s and p.id = (s.r -> 'record' ->> 'id')::uuid",
            {"org": self.org_id},
        )

    def page(self, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Write some rows of the log, or of what stands beside it."""
        self._stage(json.dumps(one).encode() for one in rows)
        self.connection.execute(_PAGES[name], {"org": self.org_id})

    def finish(self, reason: str) -> int:
        """Write balances, what sealed texts commit to, and the head, and hold the log; return its size."""
        given = {"org": self.org_id, "reason": reason}
        self.connection.execute(importing_stock.BALANCES, given)
        importing_texts.commit(self.connection, self.org_id)
        self.connection.execute(_HOLD, given)
        row = self.connection.execute(_HEAD, given).fetchone()
        return int(row[0]) if row else 0

    def _stage(self, lines: Iterable[bytes]) -> None:
        self.connection.execute("truncate pg_temp.staged")
        with self.connection.cursor() as cursor, cursor.copy("copy pg_temp.staged (r) from stdin") as copy:
            for line in lines:
                copy.write_row((line.decode(),))


@contextmanager
def importing(administrator: str, org_id: str) -> Iterator[Importer]:
    """Write an organisation into a database that has none, all of it or nothing. OperationError where there is one."""
    with migrate.administrator(administrator) as connection, migrate.migrating(connection):
        connection.execute("reset role")
        connection.execute("create temporary table staged (r jsonb not null) on commit drop")
        connection.execute("grant select, insert, truncate on pg_temp.staged to velaurum_owner")
        connection.execute("set local role velaurum_owner")
        if found := connection.execute(_OTHERS).fetchone():
            raise OperationError(
                f"There is an organisation here, {found[0]}; import into an installation that has none."
            )
        connection.execute("select tenancy.set_context(%s, null)", [org_id])
        guards = connection.execute(_TRIGGERS).fetchall()
        for schema, table, name in guards:
            _trigger(connection, "disable", schema, table, name)
        yield Importer(connection, org_id)
        # What waits for the end of the transaction is looked at before the tables are changed again.
        connection.execute("set constraints all immediate")
        for schema, table, name in guards:
            _trigger(connection, "enable always", schema, table, name)


def _trigger(connection: psycopg.Connection[Any], word: str, schema: str, table: str, name: str) -> None:
    connection.execute(
        sql.SQL("alter table {} {} trigger {}").format(
            sql.Identifier(schema, table), sql.SQL(word), sql.Identifier(name)
        )
    )


def _value(subject: str, name: str, kind: str, *, is_required: bool) -> sql.Composable | None:
    """Return how a column is made of a record `s.r`; None leaves it to its default."""
    if name in _APART or (subject, name) == ("principal", "sub_org_id"):
        return None
    if kind == "bytea":
        template = _OPENS_NOTHING if is_required else _OPENS_NOTHING_WHILE_ALIVE
    else:
        template = _OF_ARRAY if kind.endswith("[]") else _OF_KIND.get(kind, _OF_ANY)
    template = _BOOKKEEPING.get((subject, name), _OF_ORG if name == "org_id" else template)
    return sql.SQL(template).format(name=sql.Literal(name), kind=sql.SQL(kind))
