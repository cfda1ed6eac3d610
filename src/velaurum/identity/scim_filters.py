"""Filters of SCIM: one equality finds the candidates by an index, and the whole filter is applied to these."""

from dataclasses import dataclass
from typing import Any, cast

from scim2_models import Resource, SearchRequest
from scim2_models.path import CompareOperator, Comparison, LogicalExpr, LogicalOperator

from velaurum import texts
from velaurum.identity.scim_bodies import reading
from velaurum.identity.scim_schemas import refusal

LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class Candidates:
    """What to look up, by one of these; and the request, which knows the whole filter."""

    id: str | None = None
    external_id: str | None = None
    user_name_key: str | None = None
    display_name_key: str | None = None
    request: Any = None

    def match(self, resource: Resource[Any]) -> bool:
        """Tell whether a candidate satisfies the whole filter."""
        return bool(self.request.filter.match(resource))


def parsed(model: type[Resource[Any]], text: str) -> Candidates:
    """Read a filter. Refuses `invalidFilter` for one without an equality that an index answers."""
    if len(text) > LONGEST:
        raise refusal("invalidFilter", f"A filter is {LONGEST} characters at most.")
    with reading():
        request = cast("Any", SearchRequest)[model](filter=text)
    for term in _terms(request.filter.ast):
        looked_up = _looked_up(term)
        if looked_up is not None and (looked_up[0] != "user_name_key" or "user_name" in model.model_fields):
            return Candidates(**{looked_up[0]: looked_up[1]}, request=request)
    raise refusal(
        "invalidFilter",
        "Filter by id, externalId, userName or displayName with eq; further conditions may follow with and.",
    )


def _terms(node: Any) -> list[Any]:
    if isinstance(node, LogicalExpr) and node.op == LogicalOperator.and_:
        return [term for inner in node.terms for term in _terms(inner)]
    return [node]


def _looked_up(term: Any) -> tuple[str, str] | None:
    """Return the column that answers an equality, and its value there; an id that can be none finds nothing."""
    if not isinstance(term, Comparison) or term.op != CompareOperator.eq or term.attr_path.sub_attr:
        return None
    if not isinstance(term.value, str):
        return None
    name, value = term.attr_path.attr.lower(), term.value
    if name == "id":
        return "id", value.lower() if texts.is_uuid(value) else "00000000-0000-0000-0000-000000000000"
    if name == "externalid":
        return "external_id", value
    if name in ("username", "displayname"):
        column = {"username": "user_name_key", "displayname": "display_name_key"}[name]
        return column, texts.code_key(value)
    return None
