"""The ASGI application, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from velaurum.api import (
    access_events,
    approval_rules,
    approvals,
    assignments,
    assurance,
    balances,
    break_glass,
    callbacks,
    changes,
    claims,
    count_lines,
    counts,
    cursors,
    dead_letters,
    erasures,
    event_schemas,
    event_subscribers,
    events,
    export_archives,
    health,
    histories,
    integration_jobs,
    invitations,
    items,
    jobs,
    locations,
    log_status,
    logs,
    lots,
    metalog,
    movement_streams,
    movements,
    openapi,
    organisation_keys,
    orgs,
    packs,
    passkey_sessions,
    passkeys,
    password_sessions,
    passwords,
    periods,
    posting,
    principals,
    privacy,
    problems,
    provider_subjects,
    providers,
    record_proofs,
    reminders,
    reports,
    reservations,
    restrictions,
    roles,
    scim_discovery,
    scim_groups,
    scim_links,
    scim_mappings,
    scim_users,
    second_factors,
    serials,
    sessions,
    shipments,
    sign_ins,
    standing,
    sub_orgs,
    tokens,
    units,
    verifier_keys,
    warmed_names,
    webhook_deliveries,
    webhooks,
)
from velaurum.api.accesses import Accesses
from velaurum.api.envelope import Envelope
from velaurum.api.front import PostingFront
from velaurum.api.gate import Gate
from velaurum.api.hashers import Hashers
from velaurum.api.index_keys import IndexKeys
from velaurum.api.limits import Limits, RateLimitFields
from velaurum.api.names_at_hand import NamesAtHand, NamesOfAdmitted
from velaurum.api.notes import NotedFront
from velaurum.api.prompt import Prompt
from velaurum.api.proving import Prover
from velaurum.api.sign_ins import Desk
from velaurum.api.site import Site
from velaurum.api.tls import StrictTransportSecurity
from velaurum.api.wakes import Wakes
from velaurum.audit import signers
from velaurum.config import Settings
from velaurum.db.connection import AsyncDatabase, Database
from velaurum.db.tallies import StatementCounts
from velaurum.errors import Refusal
from velaurum.identity import factor_secrets, seals
from velaurum.identity.factor_secrets import FactorSecrets
from velaurum.identity.openid import Documents
from velaurum.jobs import callback_secrets
from velaurum.keys import opening as keyrings
from velaurum.keys.person_names import PersonNames
from velaurum.ops import claiming, erasing, signing, witnessing
from velaurum.ops import privacy as records
from velaurum.ops.liveness import Liveness
from velaurum.ops.recording import Recorder
from velaurum.ops.request_counts import RequestCounts
from velaurum.outbound.networks import networks
from velaurum.reports import folders
from velaurum.transport import opening
from velaurum.webhooks import sending, signing_keys

GATE_CONNECTIONS = 2
_ROUTERS = (
    *(approval_rules.router, approvals.router, movements.router, balances.router, items.router),
    *(packs.router, units.router, lots.router, serials.router, reports.router, periods.router),
    reservations.router,
    *(counts.router, count_lines.router),
    shipments.router,
    *(locations.router, principals.router, erasures.router, restrictions.router),
    *(assignments.router, roles.router, tokens.router),
    *(standing.router, changes.router, histories.router, sub_orgs.router, sessions.router, sessions.several),
    *(passkeys.router, passwords.router, password_sessions.router, second_factors.router),
    *(invitations.router, invitations.redemptions),
    *(passkey_sessions.router, sign_ins.router, sign_ins.callbacks, provider_subjects.router),
    *(scim_discovery.router, scim_users.router, scim_groups.router, scim_links.router, scim_mappings.router),
    *(providers.router, orgs.router, break_glass.router, assurance.router, verifier_keys.router),
    access_events.router,
    privacy.router,
    organisation_keys.router,
    *(log_status.router, metalog.router, logs.router, logs.proofs, record_proofs.router),
    *(webhooks.router, webhook_deliveries.router, jobs.router, integration_jobs.router, callbacks.router),
    export_archives.router,
    *(dead_letters.router, reminders.router),
    *(event_subscribers.router, events.router, event_schemas.router),
    *(claims.router, health.router, openapi.router),
)


def create(
    conninfo: str,
    data_dir: Path,
    settings: Settings | None = None,
    site: Site | None = None,
    liveness: Liveness | None = None,
) -> FastAPI:
    """Return the application for the database of `conninfo`, reached as the application's own role.

    `liveness` is of the integrator that runs in this process; without one nothing is promised.
    """
    counts = StatementCounts()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        lanes = AsyncDatabase(conninfo, counts=counts)
        await lanes.open()
        front = PostingFront(lanes, app.state.names_at_hand)
        app.state.front = NotedFront(front, app.state.database, app.state.keyring)
        app.state.accesses.recorder.start()
        await run_in_threadpool(folders.remove_stale)
        app.state.claim = await run_in_threadpool(claiming.offer, app.state.database, data_dir)
        await warmed_names.warm(app.state.database, app.state.keyring)
        yield
        await _wind_up(app, lanes)

    app = FastAPI(
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=[Middleware(StrictTransportSecurity), Middleware(Envelope), Middleware(RateLimitFields)],
        exception_handlers={
            Refusal: problems.on_refusal,
            RequestValidationError: problems.on_invalid,
            HTTPException: problems.on_http_exception,
        },
    )
    _furnish(app, conninfo, data_dir, settings or Settings(data_dir), site, counts)
    app.state.prover = _prover(app, liveness or Liveness())
    app.router.routes.extend([*posting.ROUTES, *movement_streams.ROUTES, *approvals.ROUTES])
    # As they are, not as routers within: what matches a path can then be asked of the application alone.
    app.router.routes.extend(route for router in _ROUTERS for route in router.routes)
    recorder = Recorder(Database(conninfo, max_connections=1, counts=counts))
    app.state.accesses = Accesses.of(app.router.routes, recorder)
    return app


def _prover(app: FastAPI, liveness: Liveness) -> Prover:
    state = app.state
    return Prover(state.database, state.signer, state.witnesses, liveness, prompt=state.gate.prompt)


def let_followers_go(app: Any) -> None:
    """End the waiting of those who follow events, so that nobody waits for them."""
    app.state.wakes.stop()


async def _wind_up(app: FastAPI, lanes: AsyncDatabase) -> None:
    """Finish what was admitted, and let go of what _furnish() gave."""
    app.state.prover.close()
    await app.state.front.drain()
    await app.state.gate.drain()
    app.state.desk.close()
    app.state.index_keys.close()
    app.state.factor_keys.close()
    app.state.hashers.close()
    await lanes.close()
    await run_in_threadpool(app.state.accesses.recorder.stop)
    await run_in_threadpool(app.state.transport.close)
    app.state.keyring.close()
    app.state.gate.prompt.close()
    app.state.database.close()


def _furnish(
    app: FastAPI,
    conninfo: str,
    data_dir: Path,
    settings: Settings,
    site: Site | None,
    counts: StatementCounts,
) -> None:
    """Give the application what its requests use: doors to the database, the gate and the keys."""
    app.state.data_dir = data_dir
    app.state.conninfo = conninfo
    app.state.statement_counts = counts
    app.state.request_counts = RequestCounts()
    app.state.site = site or Site("https://localhost")
    app.state.database = Database(conninfo, counts=counts)
    reachable = networks(settings.provider_networks, allows_loopback=settings.insecure_http)
    app.state.desk = Desk(Documents(reachable, data_dir))
    app.state.webhook_networks = sending.reachable(settings)
    app.state.webhook_key = signing_keys.load(data_dir)
    app.state.callback_key = callback_secrets.load(data_dir)
    app.state.transport = opening.opened(settings, conninfo, counts=counts)
    app.state.hashers = Hashers()
    app.state.seals = seals.load(data_dir)
    app.state.keyring = keyrings.opened(settings, conninfo, counts=counts)
    app.state.index_keys = IndexKeys(app.state.database, app.state.keyring)
    app.state.factor_keys = IndexKeys(app.state.database, app.state.keyring, factor_secrets.open_keys)
    app.state.names = PersonNames(app.state.keyring)
    app.state.database.names = app.state.names
    app.state.names_at_hand = NamesAtHand(app.state.names, app.state.database)
    # Connections of its own, so that long reads of one organisation cannot keep anybody from being let in.
    gates = Database(conninfo, max_connections=GATE_CONNECTIONS, counts=counts)
    names_of_admitted = NamesOfAdmitted(app.state.names, gates, app.state.names_at_hand)
    app.state.gate = Gate(Prompt(gates), Limits(settings), names_of_admitted)
    app.state.factor_secrets = FactorSecrets(app.state.keyring, app.state.seals)
    app.state.cursor_key = cursors.load_key(data_dir)
    app.state.report_key = signing.load_key(data_dir)
    app.state.eraser = erasing.eraser(settings)
    app.state.signer = signers.load(data_dir, settings.log_name)
    witnesses = witnessing.read(settings.witnesses)
    app.state.witnesses = None if witnesses is None else witnesses[0]
    app.state.installed = records.installed(settings)
    app.state.wakes = Wakes(app.state.database)
