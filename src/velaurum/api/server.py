"""The server: the database, the migrations and the API in one process, until it is told to stop."""

import asyncio
import gc
import ipaddress
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from typing import Any

import uvicorn

from velaurum.api import app as application
from velaurum.api import tls
from velaurum.api.heads import BoundedHead
from velaurum.api.limits import trusted_proxies
from velaurum.api.site import Site, site
from velaurum.audit import signers
from velaurum.config import Settings
from velaurum.db import embedded, external
from velaurum.errors import OperationError, UsageError
from velaurum.keys.shares import Shares
from velaurum.ops import (
    erasing,
    installation,
    integrating,
    measuring,
    scheduling,
    stalls,
    stamping,
    witnessing,
)
from velaurum.ops.liveness import Liveness
from velaurum.ops.stalls import Stalls
from velaurum.outbound.networks import networks
from velaurum.transport import opening

log = logging.getLogger("velaurum.server")
STOP_S = 6
WATCH_S = 0.5
# uvloop accepts one connection of a socket in each turn of the loop: in a crowd of new ones, whoever comes last would
# wait for as many turns. It is one socket all the same, known to the loop under so many descriptors.
ACCEPTED_AT_ONCE = 16


def serve(
    settings: Settings,
    on_ready: Callable[[str], None],
    on_claim: Callable[[str], None] = lambda _: None,
    beside: Callable[[Settings], AbstractContextManager[None]] = lambda _: nullcontext(),
) -> None:
    """Run until SIGTERM or SIGINT; `on_ready` gets the URL once requests are answered.

    `on_claim` gets the claim before that, where there is no administrator. `beside` works as long as requests are.

    OperationError when the address is taken or the database cannot be started. Plain HTTP only on
    loopback and only when the settings say so.
    """
    host, port = settings.host_and_port
    _require_meant(settings, host)
    with (
        _stoppable(),
        _listening(host, port) as listener,
        installation.opened(settings, supervise=True) as place,
    ):
        if place.admin_conninfo is not None:
            place.migrate()
        external.require_sound(place.app_conninfo)
        Shares(settings.data_dir).prepare()
        erasing.replay_into(place.app_conninfo, settings.data_dir)
        port = listener.getsockname()[1]
        signer = signers.load(settings.data_dir, settings.log_name)
        witnesses = witnessing.read(settings.witnesses)
        authority = stamping.read(settings.timestamp_authority, settings.timestamp_ca)
        asked = [] if witnesses is None else witnesses[1]
        reachable = networks(settings.provider_networks, allows_loopback=True)
        liveness = Liveness(Stalls(stalls.file_of(settings.data_dir)))
        config = _config(settings, place, site(settings, port), liveness)
        url = _url(settings, host, port)
        gc.collect()
        gc.freeze()  # what stands now stays until the end; the collector need not look at it again and again
        with (
            integrating.integrating(place.integrator_conninfo, signer, liveness),
            witnessing.reporting(place.integrator_conninfo, asked, reachable),
            stamping.stamping(place.integrator_conninfo, authority, reachable),
            scheduling.verifying_daily(settings),
            _measuring(settings, place, config.app),
            beside(settings),
            asyncio.Runner(loop_factory=config.get_loop_factory()) as runner,
        ):
            runner.run(
                _run(config, listener, place.server, lambda: _tell(config.app, url, on_ready, on_claim))
            )


def _require_meant(settings: Settings, host: str) -> None:
    """Raise UsageError for what cannot be meant, before anything begins."""
    scheduling.interval(settings)
    measuring.require_known(settings)
    opening.require_known(settings)
    if settings.insecure_http and not _is_loopback(host):
        raise UsageError("Plain HTTP is for loopback addresses only; leave --insecure-http out.")


def _url(settings: Settings, host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"{'http' if settings.insecure_http else 'https'}://{shown}:{port}"


def _measuring(
    settings: Settings, place: installation.Installation, app: Any
) -> AbstractContextManager[str | None]:
    return measuring.measuring(settings, place, app.state.statement_counts, app.state.request_counts)


def _tell(app: Any, url: str, on_ready: Callable[[str], None], on_claim: Callable[[str], None]) -> None:
    if app.state.claim is not None:
        on_claim(app.state.claim)
    on_ready(url)


def _config(
    settings: Settings, place: installation.Installation, known_as: Site, liveness: Liveness
) -> uvicorn.Config:
    proxies = trusted_proxies(settings)
    config = uvicorn.Config(
        application.create(place.app_conninfo, settings.data_dir, settings, known_as, liveness),
        http=BoundedHead,
        loop="uvloop",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        timeout_graceful_shutdown=STOP_S,
    )
    if not settings.insecure_http:
        pair = tls.ensure_pair(settings.data_dir, settings.host_and_port[0])
        config.ssl_context_factory = tls.ssl_context_factory(pair)
    return config


class _Server(uvicorn.Server):
    """A server that does not wait for those who follow events: they come back by themselves."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        application.let_followers_go(self.config.app)
        await super().shutdown(sockets)


async def _run(
    config: uvicorn.Config,
    listener: socket.socket,
    database: embedded.Server | None,
    on_ready: Callable[[], None],
) -> None:
    server = _Server(config)
    async with _watched(database), asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(server.serve(sockets=several(listener)))
        while not (server.started or serving.done()):  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.01)
        if server.started:
            on_ready()


def several(listener: socket.socket) -> list[socket.socket]:
    """Return a listening socket as often as connections are accepted at once. Whoever serves them closes them."""
    return [listener, *(listener.dup() for _ in range(ACCEPTED_AT_ONCE - 1))]


@asynccontextmanager
async def _watched(database: embedded.Server | None) -> AsyncIterator[None]:
    """Bring the embedded database back when it dies, as long as the block runs."""

    async def watch() -> None:
        while database is not None:
            await asyncio.sleep(WATCH_S)
            if not database.poll():
                try:
                    await asyncio.to_thread(database.restart_if_dead)
                except OperationError as error:
                    log.error("%s", error)  # noqa: TRY400 - one sentence for the operator
                except Exception:
                    log.exception("the database could not be brought back; trying again")

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.wait([watching])


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise OperationError(
            f"{host}:{port} cannot be used ({error.strerror}); choose another --listen."
        ) from error
    with listener:
        yield listener


@contextmanager
def _stoppable() -> Iterator[None]:
    """Turn SIGTERM before and after serving into an exit that leaves every block, so that nothing stays behind."""

    def leave(_number: int, _frame: object) -> None:
        raise SystemExit(0)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
