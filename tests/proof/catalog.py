"""The database as its migrations and routines write it: relations with their class, row types, routines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

from proof.tree import ORG, Message, enum, kind, names, parse_script, type_name, unwrap

SOURCE = Path(__file__).parents[2] / "src" / "velaurum"
ANCHOR = "p_org_id"

# A relation without org_id is one of these, or it is refused. No statement that reads one counts as applied.
PLATFORM = {
    "platform.administrator": "the administrator of the installation, who belongs to no organisation",
    "platform.claim": "the right to become the first administrator, before there is an organisation",
    "platform.boot": "one run of a process of the product, which serves all organisations",
    "platform.statement_tally": "how often a process ran each statement, for whomever",
    "platform.shape": "which columns a kind of record had, in every organisation",
    "platform.column_rename": "what a migration renamed, in every organisation",
    "platform.migration": "which migrations ran in this database",
    "platform.meta_leaf": "a commitment to a checkpoint of some organisation's log, which its salt alone opens",
    "platform.meta_tile": "hashes of such commitments",
    "platform.meta_checkpoint": "how many there are and the hash over all, signed",
    "platform.meta_cosignature": "what witnesses outside signed of that",
    "platform.meta_timestamp": "when a time-stamp authority saw that",
    "platform.meta_incarnation": "when the meta-log was taken up again, of the whole installation",
    "platform.schedule": "what the product does by itself, and when it did",
    "procrastinate.procrastinate_jobs": "tickets of the queue, which are of whomever and hold ids alone",
}

Volatility = Literal["volatile", "stable", "immutable"]


@dataclass(frozen=True, slots=True)
class Routine:
    """One function as it is declared; `text` is its whole CREATE FUNCTION statement."""

    name: str
    parameters: tuple[tuple[str, str], ...]
    outputs: tuple[tuple[str, str], ...]
    returns: str
    is_set: bool
    language: str
    volatility: Volatility
    body: str

    @property
    def takes_org(self) -> bool:
        return bool(self.parameters) and self.parameters[0][0] == ANCHOR


@dataclass(slots=True)
class Catalog:
    """What exists, by its name with its schema."""

    columns: dict[str, list[str]] = field(default_factory=dict)
    views: dict[str, Message] = field(default_factory=dict)
    composites: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    routines: dict[str, Routine] = field(default_factory=dict)
    overloaded: set[str] = field(default_factory=set)

    def is_tenant(self, relation: str) -> bool:
        return ORG in self.columns.get(relation, ())

    @property
    def fields(self) -> frozenset[str]:
        """Every name that a column, an attribute or an output has."""
        composite = {name for attributes in self.composites.values() for name, _ in attributes}
        answered = {name for routine in self.routines.values() for name, _ in routine.outputs}
        return frozenset(composite | answered).union(*self.columns.values())

    def is_classified(self, relation: str) -> bool:
        return relation in self.columns and (self.is_tenant(relation) or relation in PLATFORM)

    def carries(self, type_: str) -> bool:
        """Say whether a value of this type is a row of a tenant table, an array of such rows, or holds one."""
        base = type_.removesuffix("[]")
        if base in self.composites:
            return any(self.carries(inner) for _, inner in self.composites[base])
        return self.is_tenant(base) and base not in self.views


def read(scripts: Iterator[str]) -> Catalog:
    """Read a catalogue from scripts, in the order in which they are applied."""
    catalog = Catalog(columns={name: [] for name in PLATFORM})
    for script in scripts:
        for statement in parse_script(script).stmts:
            _add(catalog, unwrap(statement.stmt))
    return catalog


@cache
def product() -> Catalog:
    """Read the product's own migrations and routines."""
    files = [*sorted(SOURCE.glob("sql/migrations/*.sql")), *sorted(SOURCE.glob("sql/routines/*.sql"))]
    return read(path.read_text("utf-8") for path in files)


def _add(catalog: Catalog, node: Message) -> None:
    match kind(node):
        case "CreateStmt":
            defined = [unwrap(part) for part in node.table_elts]
            catalog.columns[relation_name(node.relation)] = [
                part.colname for part in defined if kind(part) == "ColumnDef"
            ]
        case "AlterTableStmt" if enum(node, "objtype") == "OBJECT_TYPE":
            _alter_type(catalog.composites[relation_name(node.relation)], node)
        case "AlterTableStmt":
            _alter(catalog.columns.get(relation_name(node.relation), []), node)
        case "AlterObjectSchemaStmt" if enum(node, "object_type") == "OBJECT_TABLE":
            moved = relation_name(node.relation)
            catalog.columns[f"{node.newschema}.{node.relation.relname}"] = catalog.columns.pop(moved)
        case "ViewStmt":
            name = relation_name(node.view)
            catalog.views[name] = unwrap(node.query)
            catalog.columns[name] = [*_targets(unwrap(node.query))]
        case "CompositeTypeStmt":
            catalog.composites[relation_name(node.typevar)] = [
                (unwrap(part).colname, type_name(unwrap(part).type_name)) for part in node.coldeflist
            ]
        case "CreateFunctionStmt":
            found = _routine(node)
            if found.name in catalog.routines:
                catalog.overloaded.add(found.name)
            catalog.routines[found.name] = found


def _alter_type(attributes: list[tuple[str, str]], node: Message) -> None:
    for command in map(unwrap, node.cmds):
        if enum(command, "subtype") == "AT_DropColumn":
            attributes[:] = [one for one in attributes if one[0] != command.name]
        else:
            added = unwrap(getattr(command, "def"))
            attributes.append((added.colname, type_name(added.type_name)))


def _alter(columns: list[str], node: Message) -> None:
    for command in map(unwrap, node.cmds):
        match enum(command, "subtype"):
            case "AT_AddColumn":
                columns.append(unwrap(getattr(command, "def")).colname)
            case "AT_DropColumn":
                columns.remove(command.name)


def _targets(select: Message) -> Iterator[str]:
    while kind(select.larg) == "SelectStmt" and select.HasField("larg"):
        select = select.larg
    for target in map(unwrap, select.target_list):
        yield target.name or (names(unwrap(target.val).fields)[-1] if kind(target.val) == "ColumnRef" else "")


def _routine(node: Message) -> Routine:
    options = {unwrap(option).defname: unwrap(unwrap(option).arg) for option in node.options}
    inputs, outputs = [], []
    for parameter in map(unwrap, node.parameters):
        mode = enum(parameter, "mode")
        into = inputs if mode in ("FUNC_PARAM_DEFAULT", "FUNC_PARAM_IN") else outputs
        into.append((parameter.name, type_name(parameter.arg_type)))
    return Routine(
        name=".".join(names(node.funcname)),
        parameters=tuple(inputs),
        outputs=tuple(outputs),
        returns=type_name(node.return_type),
        is_set=node.return_type.setof,
        language=options["language"].sval,
        volatility=options["volatility"].sval if "volatility" in options else "volatile",
        body=unwrap(options["as"].items[0]).sval,
    )


def relation_name(node: Message) -> str:
    return ".".join(part for part in (node.catalogname, node.schemaname, node.relname) if part)


def routine_types(routine: Routine) -> Mapping[str, str]:
    """Return the type of each parameter and output column by its name."""
    return dict((*routine.parameters, *routine.outputs))
