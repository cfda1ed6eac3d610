"""Attacks on the second wall: rows of an organisation that the session did not enter, and the wall itself."""

from attacks.attack import (
    CONSTRAINT,
    GOES_THROUGH,
    NO_EFFECT,
    NO_RIGHT,
    REFUSED_BY_FENCE,
    ROW_SECURITY,
    SUPERUSER_ONLY,
    Attack,
)

_ABOVE = "nothing to catch: row security never holds a superuser, and the product never connects as one"
_DOCTOR = "`velaurum doctor` and `velaurum verify tenancy`"
_SEEN_ELSEWHERE = (
    "select exists (select from catalog.item as i where i.org_id <> current_setting('velaurum.org')::uuid)"
)
_ENTER_ANOTHER = (
    "select set_config('velaurum.org', o.org_id::text, true) from tenancy.org as o"
    " where o.org_id <> current_setting('velaurum.org')::uuid limit 1"
)
_POST_EVERYWHERE = (
    "select ledger.post_movements(o.org_id, jsonb_build_array(jsonb_build_object('ord', 1,"
    " 'idempotency_key', 'elsewhere', 'kind', 'receipt', 'item_code', 'BOLT', 'source_code', 'SUPPLIER',"
    " 'target_code', 'A', 'quantity', '1', 'actor_id', gen_random_uuid(), 'credential_id', gen_random_uuid(),"
    " 'request_id', gen_random_uuid())), false) from tenancy.org as o"
)
_POST_ELSEWHERE = f"{_POST_EVERYWHERE} where o.org_id <> current_setting('velaurum.org')::uuid"


def _fenced(name: str, *steps: str) -> Attack:
    return Attack(name, steps, REFUSED_BY_FENCE)


ROW_SECURITY_ATTACKS = (
    Attack(
        "read before an organisation is entered",
        ("select * from catalog.item",),
        (ROW_SECURITY, ROW_SECURITY, GOES_THROUGH),
        caught_by=_ABOVE,
        has_entered=False,
    ),
    Attack(
        "read after the organisation is left",
        ("set local velaurum.org = ''", "select * from catalog.item"),
        (ROW_SECURITY, ROW_SECURITY, GOES_THROUGH),
        caught_by=_ABOVE,
    ),
    Attack(
        "post before an organisation is entered",
        (_POST_EVERYWHERE,),
        (ROW_SECURITY, ROW_SECURITY, ROW_SECURITY),
        has_entered=False,
    ),
    Attack(
        "post to an organisation that was not entered",
        (_POST_ELSEWHERE,),
        (ROW_SECURITY, ROW_SECURITY, ROW_SECURITY),
    ),
    Attack(
        "read another organisation",
        (_SEEN_ELSEWHERE,),
        (NO_EFFECT, NO_EFFECT, GOES_THROUGH),
        _SEEN_ELSEWHERE,
        f"row security; {_ABOVE}",
    ),
    Attack(
        "read what the planner learned of all organisations",
        ("select * from pg_catalog.pg_stats",),
        (NO_EFFECT, NO_EFFECT, GOES_THROUGH),
        "select exists (select from pg_catalog.pg_stats as s where s.schemaname = 'catalog')",
        f"row security; {_ABOVE}",
    ),
    Attack(
        "INSERT a row of another organisation",
        (
            (
                "insert into catalog.item (org_id, id, code, code_key, name, unit, tracking, created_by, updated_by)"
                " select o.org_id, gen_random_uuid(), 'PLANTED', 'planted', 'Planted', 'EA', 'none', p.id, p.id"
                " from tenancy.org as o cross join identity.principal as p"
                " where o.org_id <> p.org_id and p.org_id = current_setting('velaurum.org')::uuid limit 1"
            ),
        ),
        (NO_RIGHT, ROW_SECURITY, CONSTRAINT),
        caught_by="grants, row security; for a superuser the key of the actor, which begins with the organisation",
    ),
    Attack(
        "move a row to another organisation",
        (
            (
                "update catalog.item as i set org_id = o.org_id, code = 'MOVED', code_key = 'moved'"
                " from tenancy.org as o where o.org_id <> i.org_id"
            ),
        ),
        (NO_RIGHT, ROW_SECURITY, CONSTRAINT),
    ),
    Attack(
        "SET row_security = off, then read",
        ("set local row_security = off", "select * from catalog.item"),
        (ROW_SECURITY, ROW_SECURITY, GOES_THROUGH),
        caught_by=_ABOVE,
    ),
    Attack(
        "enter another organisation by its setting",
        (_ENTER_ANOTHER,),
        (GOES_THROUGH, GOES_THROUGH, GOES_THROUGH),
        "select exists (select from catalog.item)",
        "the witness, where it is on: the next attestation has a gap. Nothing in the database refuses it, since the"
        " application decides which organisation is entered, and whoever steals its credential reads them all",
    ),
    Attack(
        "become the role that backs up",
        ("set local role velaurum_backup", "select * from catalog.item"),
        SUPERUSER_ONLY,
        _SEEN_ELSEWHERE,
        _ABOVE,
    ),
    Attack(
        "ALTER ROLE … BYPASSRLS",
        ("alter role velaurum_app bypassrls",),
        SUPERUSER_ONLY,
        "select rolbypassrls from pg_roles where rolname = 'velaurum_app'",
        f"{_DOCTOR}; the next migration run, which refuses to go on",
    ),
    _fenced("DISABLE ROW LEVEL SECURITY", "alter table catalog.item disable row level security"),
    _fenced("NO FORCE ROW LEVEL SECURITY", "alter table catalog.item no force row level security"),
    _fenced("ENABLE ROW LEVEL SECURITY", "alter table tenancy.org enable row level security"),
    _fenced("CREATE POLICY", "create policy wide on catalog.item using (true)"),
    _fenced("CREATE POLICY that hides", "create policy hide on catalog.item as restrictive using (false)"),
    _fenced("ALTER POLICY … USING", "alter policy org on catalog.item using (true)"),
    _fenced("ALTER POLICY … TO", "alter policy org on catalog.item to velaurum_backup"),
    _fenced("ALTER POLICY … RENAME", "alter policy org on catalog.item rename to other"),
    _fenced("DROP POLICY", "drop policy org on catalog.item"),
    _fenced(
        "replace the routine that makes policies",
        ("create or replace function platform.enforce_org(p_table regclass) returns void language sql as ''"),
    ),
    _fenced(
        "replace the routine that tells policies who asks",
        (
            "create or replace function platform.is_asked_by(p_role name) returns boolean language sql immutable"
            " as 'select true'"
        ),
    ),
    _fenced(
        "replace the routine that enters",
        (
            "create or replace function tenancy.set_context(p_org_id uuid, p_sub_org_ids uuid[]) returns void"
            " language sql as ''"
        ),
    ),
    Attack(
        "UPDATE pg_policy",
        (
            "set local allow_system_table_mods = on",
            "delete from pg_catalog.pg_policy where polname = 'org' and polrelid = 'catalog.item'::regclass",
        ),
        SUPERUSER_ONLY,
        "select not exists (select from pg_policy where polname = 'org' and polrelid = 'catalog.item'::regclass)",
        _DOCTOR,
    ),
)
