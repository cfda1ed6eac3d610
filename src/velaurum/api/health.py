"""Health and problem pages: what anyone may ask without a credential."""

import os
import shutil
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from velaurum.api.routes import BEFORE_SETUP, PERMISSION, PUBLIC, Door, StrictRoute
from velaurum.db import migrate
from velaurum.db.connection import Database
from velaurum.errors import CATALOGUE, Refusal

router = APIRouter(tags=["health"], route_class=StrictRoute)
FOR_ANYONE = {PERMISSION: PUBLIC, BEFORE_SETUP: True}
LEAST_FREE_BYTES = 256 * 1024 * 1024
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<h1>{code}</h1><p>HTTP status {status}.</p><p>{title}</p></html>"""


class Health(BaseModel):
    """The process runs."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """What a request needs: the database answers, is migrated, and the disk has room."""

    status: Literal["ready", "not-ready"]
    database: bool
    migrations: bool
    disk: bool


@router.get("/healthz", operation_id="getHealth", openapi_extra=FOR_ANYONE)
async def get_health() -> Health:
    """Tell that the process runs."""
    return Health()


@router.get(
    "/readyz", operation_id="getReadiness", openapi_extra=FOR_ANYONE, responses={503: {"model": Readiness}}
)
async def get_readiness(request: Request, door: Door, response: Response) -> Readiness:
    """Tell whether requests can be served."""
    database, migrations = await run_in_threadpool(_look, door)
    disk = shutil.disk_usage(os.fspath(request.app.state.data_dir)).free >= LEAST_FREE_BYTES
    ready = database and migrations and disk
    response.status_code = 200 if ready else 503
    return Readiness(
        status="ready" if ready else "not-ready", database=database, migrations=migrations, disk=disk
    )


@router.get(
    "/problems/{code}", operation_id="getProblem", openapi_extra=FOR_ANYONE, response_class=HTMLResponse
)
async def get_problem(code: str) -> HTMLResponse:
    """Explain one problem type."""
    problem = CATALOGUE.get(code)
    if problem is None:
        raise Refusal("not-found", "There is no such problem type.")
    return HTMLResponse(_PAGE.format(code=problem.code, status=problem.status, title=problem.title))


def _look(door: Database) -> tuple[bool, bool]:
    try:
        with door.installation() as tx:
            return True, not migrate.pending(tx.connection)
    except Refusal:
        return False, False
