"""What a judgement stands on: the catalogue, what counts as the organisation, and the findings so far."""

from dataclasses import dataclass, field

from proof.catalog import Catalog
from proof.scope import THE_ORG, Column, Scope
from proof.tree import ORG, Message, column, kind, without_cast
from proof.verdict import Finding


@dataclass(slots=True)
class Ground:
    """One statement, or one piece of a routine's body.

    In a statement the organisation is the parameter `org_id`, in a routine it is one of `anchors`. `variables` has the
    types of what a routine declares; `fields` has those of the records that its loops fill.
    """

    catalog: Catalog
    parameters: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()
    routine: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    fields: dict[str, dict[str, str]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    reached: set[str] = field(default_factory=set)
    # How often the organisation was asked for and found: a statement that never needs it is not applied either.
    bound: int = 0

    def refuse(self, code: str, relation: str, level: str, missing: str) -> None:
        self.findings.append(Finding(code, relation, level, missing))

    def is_org(self, node: Message) -> bool:
        node = without_cast(node)
        if kind(node) == "ParamRef":
            return not self.anchors and self.parameters[node.number - 1] == ORG
        return ".".join(column(node)) in self.anchors

    def as_column(self, node: Message, scope: Scope) -> Column | None:
        """Return what an equality may speak of: a column of this level, or the organisation."""
        if self.is_org(node):
            return THE_ORG
        found = column(without_cast(node))
        if len(found) != 2:
            return None
        if scope.owner(found[0]) is scope:
            return (found[0], found[1])
        return THE_ORG if scope.holds_org(found) else None

    def holds_org(self, node: Message, scope: Scope) -> bool:
        return self.is_org(node) or scope.holds_org(column(without_cast(node)))

    def is_defined_as_org(self, node: Message, scope: Scope) -> bool:
        return self.is_org(node) or scope.is_defined_as_org(column(without_cast(node)))
