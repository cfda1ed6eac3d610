"""The part of the scenario in which a provider vouches for somebody: its verbs, each called once."""

from dataclasses import replace

from support.keyrings import keyring_within
from support.tenants import LIFE
from velaurum.db.connection import Tx
from velaurum.identity import provider_subjects, providers, sign_ins, tokens
from velaurum.identity.providers import NewProvider, ProviderChange
from velaurum.identity.sessions import Limits
from velaurum.outbound.networks import Networks
from velaurum.tenancy.context import OrgContext

ISSUER = "https://login.example.com"


def run(outside: Tx, org: OrgContext) -> None:
    """Make a provider, link two people, sign one in and take the other away."""
    tx, ruler = outside.enter(replace(org, permission="manage-identity"))
    new = NewProvider("idp", "Provider", "generic", ISSUER, "velaurum")
    made = providers.create(tx, ruler, new, Networks(), idempotency_key="idp").require()
    providers.create(tx, ruler, replace(new, code="other"), Networks(), idempotency_key="other")
    for reference in (made.id, "idp"):
        providers.find(tx, ruler, reference)
    providers.list_page(tx, ruler, after="", limit=10)
    provider = providers.update(tx, ruler, "idp", 1, ProviderChange(name="New"))
    links = []
    for subject in ("ada", "grace"):
        token = tokens.create(
            outside, org.org_id, keyring_within(outside), "auditor", kind="user", name=subject, life=LIFE
        )
        person = tokens.verify(outside, token)
        assert person is not None
        linked = provider_subjects.link(
            tx,
            ruler,
            keyring_within(tx),
            "idp",
            subject,
            person.actor_id,
            idempotency_key=f"link-{subject}",
        )
        links.append(linked.require().id)
    provider_subjects.list_page(tx, ruler, provider, after=provider_subjects.FIRST, limit=10)
    provider_subjects.unlink(tx, ruler, "idp", links[1])
    within = outside.within(org.org_id)
    for reference in ({"id": provider.id, "code": None}, {"id": None, "code": "other"}):
        sign_ins.provider_of(within, org.org_id, reference)
    secret, _ = (sign_ins.begin(within, org.org_id, provider, path) for path in ("/", "/later"))
    sign_ins.use(within, secret, provider, sign_ins.derived(secret, "state"))
    sign_ins.finish(within, org.org_id, keyring_within(within), provider, "ada", Limits())
