"""What breaks the rules of the catalogue proof about routines, views, roles and what is recorded."""

CLASSED = "every column of the product has one class"

PLANTED_ROUTINES = [
    (
        "the policy `sub_org` stands where a row belongs to a department, and nowhere else",
        "drop policy sub_org on ledger.balance",
        "ledger.balance",
    ),
    (
        "every routine with its owner's rights is on the list, once",
        (
            "create function ledger.planted() returns void language sql security definer"
            " set search_path = pg_catalog, pg_temp as ''"
        ),
        "ledger.planted()",
    ),
    (
        "every routine with its owner's rights is on the list, once",
        (
            "create function ledger.size_at() returns void language sql security definer"
            " set search_path = pg_catalog, pg_temp as ''"
        ),
        "ledger.size_at stands for more than one",
    ),
    (
        "every routine with its owner's rights is on the list, once",
        "create function public.planted() returns void language sql security definer as ''",
        "public.planted()",
    ),
    (
        "every view reads with the rights of its reader",
        "create view public.planted as select * from ledger.movement; grant select on public.planted to public",
        "public.planted",
    ),
    (
        "every role of the product is there, and no other",
        "alter role velaurum_backup rename to planted",
        "velaurum_backup",
    ),
    (
        "every role of the product is there, and no other",
        "create role velaurum_planted",
        "velaurum_planted is not on the list",
    ),
    (
        "no role of the product makes objects",
        "do $$ begin execute format('grant temporary on database %I to public', current_database()); end $$",
        "velaurum_app may temporary in the database",
    ),
    (
        "every trigger fires always",
        "alter table ledger.head enable trigger head_is_never_removed",
        "head_is_never_removed on ledger.head",
    ),
    (
        "every write of a table of tenants is recorded, or said not to be",
        "alter table catalog.item disable trigger change_is_recorded",
        "catalog.item",
    ),
    (
        "every write of a table of tenants is recorded, or said not to be",
        "drop trigger change_is_numbered on audit.change",
        "audit.change gets no place in the log",
    ),
    (
        "only a superuser can become the owner or the operator",
        "create role planted; grant velaurum_owner to planted",
        "planted can",
    ),
    (
        "the DDL fence stands",
        "drop event trigger fence_drop",
        "fence_drop",
    ),
    (
        "rights, policies and triggers are those of the manifest",
        "grant select on platform.administrator to velaurum_auditor",
        "unexpected: grant select on platform.administrator to velaurum_auditor",
    ),
    (
        "rights, policies and triggers are those of the manifest",
        "create policy planted on catalog.item as restrictive for select to velaurum_app using (true)",
        "unexpected: policy planted on catalog.item as restrictive for select to velaurum_app using true",
    ),
    (
        "rights, policies and triggers are those of the manifest",
        "revoke select on ledger.movement from velaurum_auditor",
        "missing: grant select on ledger.movement to velaurum_auditor",
    ),
    (
        "the library of jobs runs with its caller's rights and finds its own names alone",
        "alter function procrastinate.procrastinate_register_worker_v1() security definer",
        "procrastinate.procrastinate_register_worker_v1()",
    ),
    (
        "the library of jobs runs with its caller's rights and finds its own names alone",
        "alter function procrastinate.procrastinate_register_worker_v1() reset search_path",
        "procrastinate.procrastinate_register_worker_v1()",
    ),
    (
        "the library of jobs runs with its caller's rights and finds its own names alone",
        "grant insert on procrastinate.procrastinate_jobs to velaurum_app",
        "velaurum_app may insert procrastinate.procrastinate_jobs",
    ),
    (
        "the library of jobs runs with its caller's rights and finds its own names alone",
        "grant usage on schema jobs to velaurum_queue",
        "velaurum_queue may use the schema jobs",
    ),
    (
        "rights, policies and triggers are those of the manifest",
        "grant delete on procrastinate.procrastinate_jobs to velaurum_backup",
        "unexpected: grant delete on procrastinate.procrastinate_jobs to velaurum_backup",
    ),
    (
        CLASSED,
        "alter table catalog.item add column planted text",
        "catalog.item.planted has no class",
    ),
    (
        CLASSED,
        "create table platform.planted (id uuid primary key)",
        "platform.planted.id has no class",
    ),
    (
        CLASSED,
        "alter table catalog.item rename column description to told",
        "catalog.item.description is not there",
    ),
    (
        CLASSED,
        "alter table ledger.movement_note drop column note cascade",
        "ledger.movement_note.note is not there",
    ),
]
