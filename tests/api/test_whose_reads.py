"""Every read that answers with people is decided on: whose it is, whom it shows among others, or who stands beside."""

from pathlib import Path
from typing import Any

from support.http_client import Client

GUIDE = Path(__file__).parents[2] / "docs/guide/data-subjects.md"
PEOPLE = {"Actor", "PersonRef"}
# By the route that names the person, or by the record that was found.
OF_ONE = {
    "getMovement",
    "getPrincipal",
    "getPrincipalBundle",
    "getToken",
    "getUser",
    "listAssignments",
    "listAssignmentVersions",
    "listPrincipalVersions",
    "listScimUserVersions",
    "listSubjectVersions",
    "listTokenVersions",
}
OF_MANY = {
    "getGroup",
    "listGroups",
    "listAccessEvents",
    "listIdentityChanges",
    "listMovementRegister",
    "listMovements",
    "listPrincipals",
    "listScimUsers",
    "listStockCard",
    "listSubjects",
    "listTokens",
    "listUsers",
}
OF_ONESELF = {"getSession", "getStanding", "listSessions"}
# A name beside something that is not about its person: who did it.
BESIDE = {
    "getApprovalRequest",
    "getApprovalRules",
    "getDelivery",
    "getIntegrationJob",
    "getJob",
    "getReminder",
    "listApprovalRequests",
    "listApprovalRequestVersions",
    "listApprovalRuleVersions",
    "listIntegrationJobs",
    "listItemVersions",
    "listJobs",
    "listLocationVersions",
    "listLotVersions",
    "listPackVersions",
    "listPeriodVersions",
    "listProviderVersions",
    "listRefusals",
    "listReminders",
    "listRoleVersions",
    "listScimMappings",
    "listScimMappingVersions",
    "listSerialVersions",
    "listSubOrgVersions",
    "listVerifications",
    "listWebhookVersions",
    "listWrappingKeyVersions",
}
# Their answers are SCIM's own shapes, what is held as it is, or rows with a column for each word.
IN_OTHER_SHAPES = {
    *("getUser", "listUsers", "getGroup", "listGroups", "getPrincipalBundle"),
    *("listMovementRegister", "listRefusals", "listStockCard"),
}


def test_every_read_that_answers_with_people_is_of_one_class(client: Client) -> None:
    document = client.get("/openapi.json").json
    found = {
        methods["get"]["operationId"]
        for path, methods in document["paths"].items()
        if path.startswith("/v1/orgs/{org}/") and "get" in methods and _has_people(document, methods["get"])
    }

    classes = (OF_ONE, OF_MANY, OF_ONESELF, BESIDE)
    assert found | IN_OTHER_SHAPES == set().union(*classes)
    assert sum(map(len, classes)) == len(found | IN_OTHER_SHAPES)


def test_no_other_report_has_a_column_about_people(client: Client) -> None:
    document = client.get("/openapi.json").json
    found = {
        methods["get"]["operationId"]
        for path, methods in document["paths"].items()
        if "/reports/" in path and "actor_id" in _columns(document, methods["get"])
    }

    assert found == {"listMovementRegister", "listRefusals", "listStockCard"}


def test_the_guide_names_every_list_that_is_told(client: Client) -> None:
    document, guide = client.get("/openapi.json").json, GUIDE.read_text()
    paths = {
        methods["get"]["operationId"]: path.removeprefix("/v1/orgs/{org}").split("/{")[0]
        for path, methods in document["paths"].items()
        if "get" in methods
    }

    assert [paths[one] for one in sorted(OF_MANY) if f"`GET {paths[one]}" not in guide] == []


def _has_people(document: dict[str, Any], operation: dict[str, Any]) -> bool:
    answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    return bool(_named(document, answers, set()) & PEOPLE)


def _columns(document: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    shapes: set[str] = set()
    _named(document, operation["responses"]["200"], shapes)
    known = document["components"]["schemas"]
    return [name for one in shapes for name in known.get(one, {}).get("properties", ())]


def _named(document: dict[str, Any], part: Any, known: set[str]) -> set[str]:
    """Return the shapes that a part of the document leads to."""
    if isinstance(part, dict):
        name = part.get("$ref")
        if isinstance(name, str) and (shape := name.rpartition("/")[2]) not in known:
            known.add(shape)
            _named(document, document["components"]["schemas"].get(shape), known)
        for one in part.values():
            _named(document, one, known)
    elif isinstance(part, list):
        for one in part:
            _named(document, one, known)
    return known
