"""Attacks on rights: who may do what, and the fence itself."""

from attacks.attack import (
    FENCE,
    FENCED_FROM_SUPERUSER,
    GOES_THROUGH,
    NO_EFFECT,
    NO_RIGHT,
    REFUSED_BY_FENCE,
    SUPERUSER_ONLY,
    Attack,
)

# PostgreSQL answers a GRANT without the right to grant with a warning.
_GRANTED = (NO_EFFECT, FENCE, FENCE)
_DOCTOR = "`velaurum doctor`, then the signed log"
_LOG = "the signed log: the row's entry no longer gives the hash in the log"
_REWRITE = "update ledger.movement set quantity = 1000"
_REWRITTEN = "select exists (select from ledger.movement as m where m.quantity = 1000)"

RIGHTS = (
    Attack(
        "GRANT on a table",
        ("grant update on ledger.movement to velaurum_app",),
        _GRANTED,
        "select has_table_privilege('velaurum_app', 'ledger.movement', 'update')",
    ),
    Attack(
        "GRANT on a column",
        ("grant update (quantity) on ledger.movement to velaurum_app",),
        _GRANTED,
        "select has_any_column_privilege('velaurum_app', 'ledger.movement', 'update')",
    ),
    Attack(
        "GRANT ON ALL TABLES IN SCHEMA",
        ("grant delete on all tables in schema ledger to velaurum_app",),
        _GRANTED,
        "select has_table_privilege('velaurum_app', 'ledger.movement', 'delete')",
    ),
    Attack(
        "GRANT on a routine",
        ("grant execute on function ledger.post_movements(uuid, jsonb, boolean) to velaurum_auditor",),
        _GRANTED,
        "select has_function_privilege("
        "'velaurum_auditor', 'ledger.post_movements(uuid, jsonb, boolean)', 'execute')",
    ),
    Attack(
        "GRANT on an inner routine",
        ("grant execute on function ledger.record_movements(uuid, ledger.verdict) to velaurum_app",),
        REFUSED_BY_FENCE,
    ),
    Attack(
        "GRANT on a schema",
        ("grant create on schema ledger to velaurum_app",),
        _GRANTED,
        "select has_schema_privilege('velaurum_app', 'ledger', 'create')",
    ),
    Attack(
        "REVOKE from the auditor",
        ("revoke select on ledger.movement from velaurum_auditor",),
        _GRANTED,
        "select not has_table_privilege('velaurum_auditor', 'ledger.movement', 'select')",
    ),
    Attack(
        "ALTER DEFAULT PRIVILEGES",
        ("alter default privileges for role velaurum_owner grant insert on tables to velaurum_app",),
        REFUSED_BY_FENCE,
    ),
    Attack(
        "ALTER TABLE … OWNER",
        ("alter table ledger.movement owner to velaurum_app",),
        FENCED_FROM_SUPERUSER,
    ),
    Attack(
        "ALTER FUNCTION … OWNER",
        ("alter function ledger.post_movements(uuid, jsonb, boolean) owner to velaurum_app",),
        FENCED_FROM_SUPERUSER,
    ),
    Attack("ALTER SCHEMA … OWNER", ("alter schema ledger owner to velaurum_app",), FENCED_FROM_SUPERUSER),
    Attack(
        "DROP OWNED BY the application",
        ("drop owned by velaurum_app",),
        (NO_RIGHT, NO_RIGHT, FENCE),
        "select not has_table_privilege('velaurum_app', 'ledger.movement', 'select')"
        " or (select count(*) filter (where polname = 'org') <> count(*) filter (where polname = 'everyone')"
        " or bool_or(polroles <> '{0}') from pg_policy)",
    ),
    Attack("DROP OWNED BY the owner", ("drop owned by velaurum_owner cascade",), REFUSED_BY_FENCE),
    Attack(
        "REASSIGN OWNED",
        ("reassign owned by velaurum_owner to velaurum_app",),
        SUPERUSER_ONLY,
        "select pg_has_role('velaurum_app', nspowner, 'usage') from pg_namespace where nspname = 'ledger'",
        "`velaurum doctor`, and the next migration run, which refuses to go on",
    ),
    Attack(
        "become the owner",
        ("set local role velaurum_owner",),
        (NO_RIGHT, GOES_THROUGH, GOES_THROUGH),
        "select current_user = 'velaurum_owner'",
        "nothing to catch: the owner is one, and a superuser is everybody",
    ),
    Attack(
        "GRANT the owner's role",
        ("grant velaurum_owner to velaurum_app",),
        SUPERUSER_ONLY,
        "select pg_has_role('velaurum_app', 'velaurum_owner', 'member')",
        _DOCTOR,
    ),
    Attack(
        "let the owner log in",
        ("alter role velaurum_owner login",),
        SUPERUSER_ONLY,
        "select rolcanlogin from pg_roles where rolname = 'velaurum_owner'",
        "`velaurum doctor`; the next migration run takes it back",
    ),
    Attack(
        "open the fence by a row",
        (
            "insert into fence.migration_window (xid) values (pg_current_xact_id())",
            "alter table ledger.movement disable trigger user",
            _REWRITE,
        ),
        SUPERUSER_ONLY,
        _REWRITTEN,
        f"the row in fence.migration_window; {_LOG}",
    ),
    Attack(
        "open the fence by its routine",
        ("select fence.open()", "alter table ledger.movement disable trigger user", _REWRITE),
        SUPERUSER_ONLY,
        _REWRITTEN,
        f"the row in fence.migration_window; {_LOG}",
    ),
    Attack(
        "open the fence by a row of another transaction",
        (
            "insert into fence.migration_window (xid) values ('1')",
            "alter table ledger.movement disable trigger user",
        ),
        FENCED_FROM_SUPERUSER,
    ),
    Attack(
        "empty the fence's list",
        ("delete from fence.protected", "alter table ledger.movement disable trigger user"),
        FENCED_FROM_SUPERUSER,
    ),
    Attack(
        "disable the fence's event triggers",
        (
            "alter event trigger fence_command disable",
            "alter table ledger.movement disable trigger user",
            _REWRITE,
        ),
        SUPERUSER_ONLY,
        _REWRITTEN,
        _DOCTOR,
    ),
    Attack(
        "drop the fence",
        ("drop event trigger fence_command", "alter table ledger.movement disable trigger user", _REWRITE),
        SUPERUSER_ONLY,
        _REWRITTEN,
        _DOCTOR,
    ),
    Attack(
        "switch event triggers off for the session",
        (
            "set local event_triggers = off",
            "alter table ledger.movement disable trigger user",
            _REWRITE,
        ),
        SUPERUSER_ONLY,
        _REWRITTEN,
        _LOG,
    ),
    Attack(
        "CREATE EVENT TRIGGER against the fence",
        ("create event trigger louder on ddl_command_end execute function fence.on_command()",),
        SUPERUSER_ONLY,
        "select exists (select from pg_event_trigger where evtname = 'louder')",
        "nothing to catch: it can refuse more, not less",
    ),
)
