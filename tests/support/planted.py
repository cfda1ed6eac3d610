"""What breaks the rules of the catalogue proof: a violation, or more, of each."""

from support.planted_routines import PLANTED_ROUTINES

# One or more violations for each rule, and how the rule names what it found.
PLANTED = [
    (
        "every table of tenants has an org_id that is never null",
        "create table catalog.planted (id uuid primary key)",
        "catalog.planted",
    ),
    (
        "every table of tenants has an org_id that is never null",
        "create table catalog.planted (org_id uuid unique, id uuid primary key)",
        "catalog.planted",
    ),
    (
        "every table of tenants has a primary key",
        "create table catalog.planted (org_id uuid not null)",
        "catalog.planted",
    ),
    (
        "every index begins with org_id",
        "alter table catalog.item add unique (code_key)",
        "catalog.item_code_key_key1 of catalog.item",
    ),
    (
        "every index begins with org_id",
        "create index planted on catalog.item (code, org_id)",
        "catalog.planted of catalog.item",
    ),
    (
        "every index begins with org_id",
        "create index planted on catalog.item (lower(code))",
        "catalog.planted of catalog.item",
    ),
    (
        "every foreign key begins with org_id on both sides",
        (
            "create table catalog.other (org_id uuid not null, item_id uuid, primary key (org_id, item_id));"
            "alter table catalog.item add constraint planted unique (id);"
            "alter table catalog.other add foreign key (item_id) references catalog.item (id)"
        ),
        "other_item_id_fkey of catalog.other",
    ),
    (
        "every foreign key begins with org_id on both sides",
        "alter table catalog.location add foreign key (parent_id, org_id) references catalog.location (id, org_id)",
        "location_parent_id_org_id_fkey of catalog.location",
    ),
    (
        "every column of an actor is never null",
        "alter table ledger.movement alter column actor_id drop not null",
        "ledger.movement.actor_id",
    ),
    (
        "every table of tenants names its actor or hangs on one that does",
        "create table catalog.planted (org_id uuid not null primary key)",
        "catalog.planted",
    ),
    (
        "every view reads with the rights of its reader",
        "create view ledger.planted as select * from ledger.movement",
        "ledger.planted",
    ),
    (
        "every view reads with the rights of its reader",
        "create materialized view ledger.planted as select * from ledger.movement",
        "ledger.planted",
    ),
    (
        "every routine with its owner's rights searches the system catalogue first",
        "create function ledger.planted() returns void language sql security definer as ''",
        "ledger.planted()",
    ),
    (
        "every routine with its owner's rights searches the system catalogue first",
        "create function ledger.planted() returns void language sql security definer set search_path = ledger as ''",
        "ledger.planted()",
    ),
    (
        "no routine is for everybody",
        "create function ledger.planted() returns void language sql as ''",
        "ledger.planted()",
    ),
    (
        "no role of the product writes a table itself",
        "grant update (name) on catalog.item to velaurum_app",
        "velaurum_app may update catalog.item",
    ),
    (
        "no role of the product writes a table itself",
        "create table public.planted (id integer); grant delete on public.planted to public",
        "velaurum_app may delete public.planted",
    ),
    (
        "no role of the product makes objects",
        "grant create on schema catalog to velaurum_app",
        "velaurum_app may create in schema catalog",
    ),
    (
        "no role of the product is privileged or a member of another",
        "grant pg_read_all_data to velaurum_app",
        "velaurum_app is a member of pg_read_all_data",
    ),
    (
        "no role of the product is privileged or a member of another",
        "alter role velaurum_auditor bypassrls",
        "velaurum_auditor is privileged",
    ),
    (
        "no role of the product is privileged or a member of another",
        "alter role velaurum_owner login",
        "velaurum_owner is privileged",
    ),
    (
        "the owner owns the schemas of the product, what is in them, and nothing else",
        "create schema planted authorization velaurum_owner",
        "schema planted",
    ),
    (
        "the owner owns the schemas of the product, what is in them, and nothing else",
        "alter function ledger.size_at(uuid, timestamptz) owner to postgres",
        "ledger.size_at(uuid, timestamp with time zone)",
    ),
    (
        "every wall stands for statements and for rows, and always",
        "alter table ledger.movement enable trigger movement_is_append_only",
        "ledger.movement D0",
    ),
    (
        "every wall stands for statements and for rows, and always",
        "drop trigger head_row_is_never_removed on ledger.head",
        "ledger.head D1",
    ),
    (
        "every wall stands for statements and for rows, and always",
        (
            "create or replace trigger movement_row_is_append_only before update of kind or delete on ledger.movement"
            " for each row execute function ledger.refuse_change();"
            "alter table ledger.movement enable always trigger movement_row_is_append_only"
        ),
        "ledger.movement U1",
    ),
    (
        "every wall stands for statements and for rows, and always",
        "create table ledger.planted (org_id uuid not null primary key)",
        "ledger.planted has no wall",
    ),
    (
        "no table has a rule, a child or a parent",
        "create rule planted as on insert to ledger.movement do instead nothing",
        "ledger.movement",
    ),
    (
        "no table has a rule, a child or a parent",
        "create table public.planted () inherits (catalog.item)",
        "catalog.item",
    ),
    (
        "every constraint and every index is valid",
        "alter table ledger.movement add constraint planted check (quantity <> 7) not valid",
        "planted of ledger.movement",
    ),
    (
        "every table of the product is classified",
        "create table catalog.planted (org_id uuid not null primary key)",
        "catalog.planted",
    ),
    (
        "every table of the product is classified",
        "drop table ledger.movement_note cascade",
        "ledger.movement_note is not there",
    ),
    (
        "row security is enabled and forced on every table of tenants",
        "alter table catalog.item disable row level security",
        "catalog.item",
    ),
    (
        "row security is enabled and forced on every table of tenants",
        "alter table catalog.item no force row level security",
        "catalog.item does not force it",
    ),
    (
        "the policy `org` restricts every table of tenants to the organisation entered",
        "drop policy org on catalog.item",
        "catalog.item",
    ),
    (
        "the policy `org` restricts every table of tenants to the organisation entered",
        "alter policy org on catalog.item to velaurum_app",
        "catalog.item",
    ),
    (
        "the policy `org` restricts every table of tenants to the organisation entered",
        "alter policy org on catalog.item with check (true)",
        "catalog.item",
    ),
    (
        "the policy `org` restricts every table of tenants to the organisation entered",
        "alter policy org on catalog.item using (org_id = current_setting('velaurum.org', true)::uuid)",
        "catalog.item",
    ),
    (
        "the routine by which policies ask who asks tells the truth",
        "update pg_proc set prosrc = 'select true' where oid = 'platform.is_asked_by(name)'::regprocedure",
        "platform.is_asked_by",
    ),
    (
        "the routine by which policies ask who asks tells the truth",
        "alter function platform.is_asked_by(name) reset search_path",
        "platform.is_asked_by",
    ),
    (
        "the policy `everyone` alone permits, and says nothing else",
        "create policy planted on catalog.item using (true)",
        "planted on catalog.item",
    ),
    (
        "the policy `everyone` alone permits, and says nothing else",
        "alter policy everyone on catalog.item to velaurum_backup",
        "everyone on catalog.item",
    ),
    *PLANTED_ROUTINES,
]
