"""Lists that only grow on purpose: syntax, built-in functions, and routines that are classified by name."""

# Kinds of nodes that the proof understands. Anything else is refused, whatever it would do.
_SYNTAX = """
A_ArrayExpr A_Const A_Expr A_Indices A_Indirection A_Star Alias BitString BoolExpr Boolean BooleanTest CaseExpr
CaseWhen CoalesceExpr ColumnRef CommonTableExpr DeleteStmt Float FuncCall IndexElem InferClause InsertStmt Integer
JoinExpr List LockingClause MinMaxExpr Node NullTest OnConflictClause ParamRef RangeFunction RangeSubselect RangeVar
ResTarget ReturningClause RowExpr SelectStmt SetToDefault SortBy String SubLink TypeCast TypeName UpdateStmt
WindowDef WithClause
"""
SYNTAX = frozenset(_SYNTAX.split())
STATEMENTS = frozenset(("SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt"))

# Built-in functions that read no table and set nothing.
_PLAIN = """
abs array_agg array_position array_remove bool_or cardinality ceil clock_timestamp concat convert_to count
current_setting decode encode extract first_value floor gen_random_uuid generate_series initcap int8send isfinite
jsonb_array_elements_text jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_object_agg
jsonb_populate_record jsonb_populate_recordset jsonb_typeof lower max min octet_length overlay pg_current_xact_id
pg_notify pg_xact_commit_timestamp round row_number rtrim scale set_bit sha256 statement_timestamp string_agg substring
split_part sum timezone to_char to_json to_jsonb translate trim_array trim_scale unnest upper uuid_send
"""
PLAIN = frozenset(_PLAIN.split())
# Of our routines, these set the session's context, the organisation only to their own argument.
CONTEXT_SETTER = "set_config"
CONTEXT_SETTERS = frozenset(("tenancy.set_context", "tenancy.see_sub_orgs", "identity.act_as"))
ORG_SETTING = "velaurum.org"
CONTEXT_SETTINGS = frozenset((ORG_SETTING, "velaurum.sub_orgs", "velaurum.acting"))

# Routines whose output column org_id is their argument, which their bodies are held to.
ENTERING = frozenset(("tenancy.enter", "tenancy.enter_lane", "tenancy.enter_installation"))

# A trigger function works for the organisation of its row.
OF_A_ROW = ("new.org_id", "old.org_id")

# Routines that make their organisation themselves, and the variable that holds it: set once, where it is declared.
OWN_ORG = {"tenancy.create_org": "new_org_id"}

# Routines that the proof does not judge, each with the reason. Nothing that is proven may call one.
BY_NAME = {
    "platform.bootstrap": "the administrator belongs to the installation; no table of organisations is in it",
    "platform.create_administrator": "the same, for one after the first",
    "platform.revoke_administrator": "the same, for one who goes",
    "platform.issue_claim": "a claim belongs to the installation; no table of organisations is in it",
    "platform.use_claim": "the same, for the administrator that it makes",
    "platform.record_tallies": "counts of statements belong to a process; no table of organisations is in it",
    "platform.integrate_meta": "the meta-log is the installation's; no table of organisations is in it",
    "platform.publish_meta": "the same",
    "platform.keep_meta_cosignature": "the same",
    "platform.keep_meta_timestamp": "the same",
    "platform.open_meta_incarnation": "the same",
    "platform.note_schedule": "what runs by itself is the installation's; no table of organisations is in it",
    "platform.enforce_org": "for migrations, on tables and not on rows; nobody may execute it",
    "platform.rename_column": "for migrations, about tables and not rows; nobody may execute it",
    "audit.columns_of": "for migrations, about tables and not rows; nobody may execute it",
    "platform.shape_of": "for migrations, about tables and not rows; nobody may execute it",
    "audit.column_of_versions": "the same",
    "audit.make_history_view": "the same",
    "audit.carry_table": "for migrations, of rows that are there, an organisation at a time; nobody may execute it",
    "audit.carry": "the same",
    "audit.record_changes": "for migrations, on tables and not on rows; nobody may execute it",
    "platform.is_asked_by": "for policies, which ask for a role once and not for rows; it reads no table",
}
# What they reach, because nothing reads it out of them.
_OF_ADMINISTRATORS = ("platform.bootstrap", "platform.create_administrator", "platform.revoke_administrator")
REACHED_BY_NAME = {
    **dict.fromkeys(_OF_ADMINISTRATORS, frozenset(("platform.administrator",))),
    **dict.fromkeys(
        ("platform.issue_claim", "platform.use_claim"),
        frozenset(("platform.claim", "platform.administrator")),
    ),
    "platform.rename_column": frozenset(("platform.column_rename",)),
    "audit.column_of_versions": frozenset(("platform.shape",)),
    "platform.shape_of": frozenset(("platform.shape", "platform.column_rename")),
    "platform.record_tallies": frozenset(("platform.boot", "platform.statement_tally")),
    "platform.note_schedule": frozenset(("platform.schedule",)),
    "platform.integrate_meta": frozenset(("platform.meta_leaf", "platform.meta_tile")),
    "platform.publish_meta": frozenset(("platform.meta_checkpoint",)),
    "platform.keep_meta_cosignature": frozenset(("platform.meta_cosignature",)),
    "platform.keep_meta_timestamp": frozenset(("platform.meta_timestamp",)),
    "platform.open_meta_incarnation": frozenset(("platform.meta_incarnation",)),
}

# Routines that read the platform's own tables, and that those of an organisation may call. They take no organisation,
# so that they reach no row of a tenant; everything else is held against them as against any other.
OF_THE_PLATFORM = {
    "audit.carried": "which columns records had is the same in every organisation",
    "audit.plain_opting": "the same, for the columns of today",
    "jobs.lane_time": "a place in the queue tells nothing of whose it is",
    "jobs.add_ticket": "a ticket holds ids alone, and every worker reads all of them",
    "platform.add_meta_leaf": "a leaf is a commitment: it tells nothing of whose it is",
    "platform.living_administrator": "the database itself holds that who breaks a glass is an administrator now",
}
