"""What SCIM calls a user and a group here: fewer attributes than the standard has, none of them a right or a secret."""

from functools import lru_cache
from typing import Annotated, Any, cast

from pydantic import Field
from scim2_models import (
    URN,
    CaseExact,
    ComplexAttribute,
    ExtensibleStringEnum,
    Extension,
    Mutability,
    Reference,
    Required,
    Resource,
    ResourceType,
    Schema,
    ScimPolicy,
    ServiceProviderConfig,
    Uniqueness,
)

from velaurum.errors import Refusal

MOST_RESULTS = 200
MOST_OPERATIONS = 100
LONGEST = 255
# What directories send beside the standard: attributes that are not kept here, a remove with a value, a filter that
# finds nothing yet (Entra ID). A password or a role among them is dropped before anything looks at it.
TOLERANT = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)


class Name(ComplexAttribute):
    """The components of the user's name."""

    formatted: str | None = Field(None, description="The full name, formatted for display.")
    family_name: str | None = Field(None, description="The family name.")
    given_name: str | None = Field(None, description="The given name.")
    middle_name: str | None = Field(None, description="The middle names.")
    honorific_prefix: str | None = Field(None, description="What stands before the name.")
    honorific_suffix: str | None = Field(None, description="What stands after the name.")


class Email(ComplexAttribute):
    """One address of the user. It is shown, never believed: nobody signs in by an address."""

    class Type(ExtensibleStringEnum):
        """What the address is for."""

        work = "work"
        home = "home"
        other = "other"

    value: str | None = Field(None, description="The address.")
    type: Type | None = Field(None, description="What the address is for.")
    primary: bool | None = Field(None, description="Whether it is the first one to use.")


class Membership(ComplexAttribute):
    """A group that the user is in."""

    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = Field(
        None, description="The id of the group."
    )
    ref: Annotated[Reference["Group"] | None, Mutability.read_only] = Field(
        None, serialization_alias="$ref", validation_alias="$ref", description="The address of the group."
    )
    type: Annotated[str | None, Mutability.read_only] = Field(None, examples=["direct"])


class EnterpriseUser(Extension):
    """What an organisation says of its people."""

    __schema__ = URN("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")

    employee_number: str | None = Field(None, description="A number that the organisation gave.")
    cost_center: str | None = Field(None, description="The cost centre.")
    organization: str | None = Field(None, description="The name of the organisation.")
    division: str | None = Field(None, description="The name of the division.")
    department: str | None = Field(None, description="The name of the department; it narrows nothing here.")


class User(Resource[Any]):
    """A person of the organisation."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = Field(
        None, description="The name that the directory knows the user by, unique in the organisation."
    )
    active: Annotated[bool | None, Required.true] = Field(
        None, description="Whether the user may act. False ends sessions and revokes tokens at once."
    )
    name: Name | None = Field(None, description="The components of the user's name.")
    display_name: str | None = Field(None, description="The name that movements show.")
    title: str | None = Field(None, description="The user's title.")
    preferred_language: str | None = Field(None, description="The language that the user prefers.")
    locale: str | None = Field(None, description="The place whose forms the user is used to.")
    timezone: str | None = Field(None, description="The user's time zone.")
    emails: list[Email] | None = Field(None, description="The user's addresses.")
    groups: Annotated[list[Membership] | None, Mutability.read_only] = Field(
        None, description="The groups that the user is in."
    )


class Member(ComplexAttribute):
    """A user in a group; groups are not in groups here."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = Field(
        None, description="The id of the user."
    )
    ref: Annotated[Reference["User"] | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref", description="The address of the user."
    )
    type: Annotated[str | None, Mutability.immutable] = Field(None, examples=["User"])


class Group(Resource[Any]):
    """A set of users. It gives them the roles that an administrator of the organisation mapped to it, and no other."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Uniqueness.server, Required.true] = Field(
        None, description="The name of the group, unique in the organisation."
    )
    members: list[Member] | None = Field(None, description="The users in the group.")


FullUser: type[User] = cast("Any", User)[EnterpriseUser]
CONFIG: dict[str, Any] = {
    "patch": {"supported": True},
    "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
    "filter": {"supported": True, "maxResults": MOST_RESULTS},
    "changePassword": {"supported": False},
    "sort": {"supported": False},
    "etag": {"supported": True},
    "authenticationSchemes": [
        {
            "type": "oauthbearertoken",
            "name": "Token",
            "description": "A token of a service account in a role with the permission provision.",
        }
    ],
}


@lru_cache(maxsize=1)
def config() -> ServiceProviderConfig:
    """Return what this service can do."""
    return ServiceProviderConfig.model_validate(CONFIG)


@lru_cache(maxsize=1)
def resource_types() -> dict[str, ResourceType]:
    """Return the kinds of resources that there are, by their names."""
    return {"User": ResourceType.from_resource(FullUser), "Group": ResourceType.from_resource(Group)}


@lru_cache(maxsize=1)
def schemas() -> dict[str, Schema]:
    """Return every schema that is published, by its URN."""
    own: list[Any] = [User, EnterpriseUser, Group, Schema, ResourceType, ServiceProviderConfig]
    return {str(one.__schema__): one.to_schema() for one in own}


def refusal(scim_type: str, detail: str) -> Refusal:
    """Say no as SCIM does: a keyword of RFC 7644 3.12 beside the code of the product."""
    code = {"uniqueness": "code-taken", "invalidSyntax": "malformed-json"}.get(scim_type, "invalid-field")
    return Refusal(code, detail, extra={"scimType": scim_type})
