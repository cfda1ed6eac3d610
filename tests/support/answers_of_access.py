"""An answer of success of every operation about who is let in by others: providers and directories."""

from support.api_orgs import ApiOrg
from support.bent_provider import BentProvider
from support.browsers import person
from support.directories import ENTERPRISE, USER, Directory
from support.http_client import Reply
from support.logs import when_signed
from support.sign_ins import Front
from support.staff import Staff
from velaurum.db.connection import Database

WHOLE_USER = {
    "schemas": [USER],
    "userName": "ada",
    "externalId": "x",
    "displayName": "Ada",
    "title": "Clerk",
    "name": {"givenName": "Ada", "formatted": "Ada B."},
    "emails": [{"value": "a", "type": "work", "primary": True}],
    ENTERPRISE: {"department": "Stores"},
}


def past_answers(org: ApiOrg, noun: str, path: str) -> dict[str, Reply]:
    return {
        f"list{noun}Versions": org.get(f"{path}/history"),
        f"get{noun}Proof": when_signed(lambda: org.get(f"{path}/proof")),
    }


def sign_in_answers(org: ApiOrg, door: Database, bent: BentProvider) -> dict[str, Reply]:
    body = {"code": "idp", "name": "Provider", "issuer": bent.issuer, "client_id": "velaurum"}
    made = org.post("/providers", body, role="org-admin")
    linked = Front(org, made.json).link("ada", person(door, org, "auditor"))
    front = Front(org, made.json)
    begun = front.browser.visit(front.url, stop_at=bent.issuer)
    back = front.browser.visit(begun.url, stop_at="/callback")
    path, token = f"{org.path}/providers/idp/subjects/{linked.json['id']}", org.tokens["org-admin"]
    return {
        "createProvider": made,
        "getProvider": org.get("/providers/idp", role="org-admin"),
        "listProviders": org.get("/providers", role="org-admin"),
        **past_answers(org, "Provider", "/providers/idp"),
        **past_answers(org, "Subject", f"/providers/idp/subjects/{linked.json['id']}"),
        "linkSubject": linked,
        "listSubjects": org.get("/providers/idp/subjects", role="org-admin"),
        "getClientKeys": org.get("/providers/idp/client-keys"),
        "beginSignIn": begun.reply,
        "finishSignIn": front.browser.visit(back.url, stop_at="/session").reply,
        "unlinkSubject": org.client.ask("DELETE", path, token=token),
        "changeProvider": org.patch("/providers/idp", {"name": "New"}, '"v1"'),
    }


def scim_answers(sent: Directory, admin: Staff) -> dict[str, Reply]:
    user = sent.ask("POST", "/Users", WHOLE_USER)
    of_user = f"/Users/{user.json['id']}"
    members = [{"value": user.json["id"]}]
    group = sent.ask("POST", "/Groups", {"displayName": "Stores", "externalId": "y", "members": members})
    of_group = f"/Groups/{group.json['id']}"
    mapped = admin.post(f"/scim-groups/{group.json['id']}/mappings", {"role": "auditor", "sub_org": "STORES"})
    handed = admin.post("/scim-users", {"principal": admin.hires(), "user_name": "bob", "external_id": "z"})
    title = {"op": "replace", "path": "title", "value": "Chief"}
    of_mapping = f"/scim-groups/{group.json['id']}/mappings/{mapped.json['id']}"
    answers = {
        "getScimConfig": sent.get("/ServiceProviderConfig"),
        "listResourceTypes": sent.get("/ResourceTypes"),
        "getResourceType": sent.get("/ResourceTypes/User"),
        "listSchemas": sent.get("/Schemas"),
        "getSchema": sent.get(f"/Schemas/{USER}"),
        "createUser": user,
        "getUser": sent.get(of_user),
        "listUsers": sent.get("/Users"),
        "patchUser": sent.patch(of_user, title),
        "replaceUser": sent.ask("PUT", of_user, WHOLE_USER),
        "createGroup": group,
        "getGroup": sent.get(of_group),
        "listGroups": sent.get("/Groups"),
        "patchGroup": sent.patch(of_group, {"op": "replace", "path": "displayName", "value": "More stores"}),
        "replaceGroup": sent.ask("PUT", of_group, {"displayName": "Stores", "members": members}),
        "createScimMapping": mapped,
        "listScimMappings": admin.get(f"/scim-groups/{group.json['id']}/mappings"),
        "listScimGroups": admin.get("/scim-groups"),
        "linkScimUser": handed,
        "listScimUsers": admin.get("/scim-users"),
    }
    gone = {
        "deleteScimMapping": of_mapping,
        "unlinkScimUser": f"/scim-users/{handed.json['id']}",
    }
    answers |= {
        name: admin.org.client.ask("DELETE", admin.org.path + path, token=admin.token)
        for name, path in gone.items()
    }
    answers |= past_answers(admin.org, "ScimUser", f"/scim-users/{handed.json['id']}")
    answers |= past_answers(admin.org, "ScimMapping", of_mapping)
    return {
        **answers,
        "deleteUser": sent.ask("DELETE", of_user),
        "deleteGroup": sent.ask("DELETE", of_group),
    }
