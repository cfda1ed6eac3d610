"""Bodies of SCIM: read as directories write them, bounded, and refused with a keyword of RFC 7644, quoting no value."""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from pydantic import ValidationError
from scim2_models import Context, Error, PatchOp, Resource, SCIMException

from velaurum import texts
from velaurum.errors import Refusal
from velaurum.identity.scim_schemas import LONGEST, MOST_OPERATIONS, TOLERANT, refusal

Model = TypeVar("Model", bound=Resource[Any])
Json = dict[str, Any]
MOST_VALUES = 20
LARGEST_BYTES = 30_000
LONGEST_KEY_BYTES = 2_000  # an entry of an index has a little more
PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_DETAILS = {
    "invalidFilter": "The filter is not one that this service answers.",
    "invalidPath": "A path is not one of this resource.",
    "invalidSyntax": "The body does not have the shape of this message.",
    "invalidValue": "A value is missing, or is not one that the attribute takes.",
    "mutability": "The attribute cannot be changed like that.",
    "noTarget": "The path leads to nothing that could be changed.",
    "sensitive": "This does not belong into an address.",
}
_NAME = re.compile(r"\$?[A-Za-z][A-Za-z0-9]{0,39}", re.ASCII)


@contextmanager
def reading() -> Iterator[None]:
    """Turn what the library says of a body or a parameter into a refusal; it may quote what was sent, so we do not."""
    try:
        yield
    except ValidationError as error:
        said = error.errors(include_url=False, include_input=False)[0]
        scim_type = Error.from_validation_error(said).scim_type or "invalidValue"
        place = ".".join(str(step) for step in said["loc"] if _is_place(step))
    except SCIMException as error:
        scim_type, place = error.scim_type or "invalidValue", ""
    except (ValueError, TypeError, RecursionError):
        scim_type, place = "invalidValue", ""
    else:
        return
    # Raised outside the handlers: the errors carry the body, and a log would print it as the context.
    raise _refusal(scim_type, place)


def created(model: type[Model], body: Mapping[str, Any], **defaults: Any) -> Model:
    """Return the resource that a body asks for; `defaults` by the attributes' names, where the body says nothing."""
    return _resource(model, body, Context.RESOURCE_CREATION_REQUEST, defaults)


def replaced(model: type[Model], body: Mapping[str, Any], **kept: Any) -> Model:
    """Return the resource that stands after a PUT; `kept` is what stays where the body says nothing of it."""
    return _resource(model, body, Context.RESOURCE_REPLACEMENT_REQUEST, kept)


def patched(resource: Model, body: Mapping[str, Any]) -> Model:
    """Return the resource as it stands after the operations of a PATCH; the one that is given stays as it is."""
    operations = _member(body, "Operations")
    if isinstance(operations, list) and len(operations) > MOST_OPERATIONS:
        raise refusal("invalidValue", f"A PATCH has {MOST_OPERATIONS} operations at most.")
    asked = {"schemas": _member(body, "schemas") or [PATCH_SCHEMA], "Operations": operations}
    model = type(resource)
    with reading():
        patch = cast("Any", PatchOp)[model].model_validate(
            asked, scim_ctx=Context.RESOURCE_PATCH_REQUEST, scim_policy=TOLERANT
        )
        after = resource.model_copy(deep=True)
        patch.patch(after, TOLERANT)
    return after


def tidied(attributes: Json) -> Json:
    """Return attributes as they are kept: in normalization form C, without what is empty, within bounds."""
    kept = _tidied(attributes, "") or {}
    if len(json.dumps(kept, ensure_ascii=False).encode()) > LARGEST_BYTES:
        raise refusal("invalidValue", f"A resource has {LARGEST_BYTES} bytes at most.")
    return cast("Json", kept)


def text(value: str | None, name: str, longest: int = LONGEST) -> str | None:
    """Return a text as it is kept, None for an empty one. Refuses what cannot be seen or is too long."""
    if value is None or not value.strip():
        return None
    value = unicodedata.normalize("NFC", value.strip())
    if detail := texts.text_problem(value, longest):
        raise refusal("invalidValue", f"{detail} At {name}.")
    return value


def required(value: str | None, name: str) -> str:
    """Return a text that has to be there."""
    kept = text(value, name)
    if kept is None:
        raise refusal("invalidValue", f"This attribute is required. At {name}.")
    return kept


def key(value: str, name: str) -> str:
    """Return what two names share that look alike. Refuses one that is too long for that."""
    known_as = texts.code_key(value)
    if len(known_as.encode()) > LONGEST_KEY_BYTES:
        raise refusal("invalidValue", f"This name is too long. At {name}.")
    return known_as


def _resource(model: type[Model], body: Mapping[str, Any], scim_ctx: Context, others: Json) -> Model:
    said = {name.lower() for name in body}
    whole = {**{name: value for name, value in others.items() if name.lower() not in said}, **body}
    if "schemas" not in said:
        whole["schemas"] = [str(model.__schema__)]
    with reading():
        return model.model_validate(whole, scim_ctx=scim_ctx, scim_policy=TOLERANT)


def _member(body: Mapping[str, Any], name: str) -> Any:
    """Return a member whose name is written in any case."""
    return next((value for key, value in body.items() if key.lower() == name.lower()), None)


def _tidied(value: Any, place: str) -> Any:
    if isinstance(value, str):
        return text(value, place)
    if isinstance(value, list):
        if len(value) > MOST_VALUES:
            raise refusal("invalidValue", f"An attribute has {MOST_VALUES} values at most. At {place}.")
        return [kept for one in value if (kept := _tidied(one, place)) is not None] or None
    if isinstance(value, dict):
        inner = {name: _tidied(one, name) for name, one in value.items()}
        return {name: one for name, one in inner.items() if one is not None} or None
    return value


def _is_place(step: str | int) -> bool:
    return isinstance(step, int) or _NAME.fullmatch(step) is not None


def _refusal(scim_type: str, place: str) -> Refusal:
    detail = _DETAILS.get(scim_type, _DETAILS["invalidValue"])
    return refusal(scim_type, f"{detail} At {place}." if place else detail)
