"""The cookie of a session: kept from scripts and from other sites, and believed from this site's own pages alone."""

from starlette.requests import Request
from starlette.responses import Response

from velaurum.errors import Refusal
from velaurum.identity import secrets
from velaurum.identity.secrets import BearerToken

# `__Host-` makes the browser refuse it unless it is Secure, for this host alone and for every path.
PREFIX = "__Host-velaurum-"
SIGN_IN_PREFIX = "__Host-velaurum.sign-in-"  # no code has a dot, so no session has this name
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def session(request: Request) -> str:
    """Return the session that the browser keeps for the organisation in the path, or an empty text.

    One cookie an organisation, so that a browser never says for another which one is meant. Refuses
    `forbidden` when another site's page made the browser send it.
    """
    text = request.cookies.get(name_of(str(request.path_params.get("org", ""))), "")
    if not text.startswith(secrets.SESSION_PREFIX):
        return ""
    require_same_origin(request)
    return text


def require_same_origin(request: Request) -> None:
    """Refuse `forbidden` what a page of another site sent, and a change that does not say where it comes from."""
    fetch_site = request.headers.getlist("sec-fetch-site")
    if fetch_site:
        is_own = fetch_site == ["same-origin"] or (
            request.method in _SAFE and (fetch_site == ["none"] or _is_visit(request))
        )
    else:
        origin = request.headers.getlist("origin")
        is_own = origin == [request.app.state.site.origin] or (not origin and request.method in _SAFE)
    if not is_own:
        raise Refusal(
            "forbidden", "A page of another site sent this; a session is used from this site alone."
        )


def _is_visit(request: Request) -> bool:
    """Tell whether the browser shows the answer as a page of its own: then no page of another site can read it.

    Whoever comes back from a provider arrives so, and whoever follows a link.
    """
    said = (request.headers.getlist("sec-fetch-mode"), request.headers.getlist("sec-fetch-dest"))
    return said == (["navigate"], ["document"])


def set_session(response: Response, org_code: str, secret: BearerToken, life_s: int) -> None:
    response.set_cookie(
        name_of(org_code), secret.text, max_age=life_s, path="/", secure=True, httponly=True, samesite="lax"
    )


def clear_session(response: Response, org_code: str) -> None:
    response.delete_cookie(name_of(org_code), path="/", secure=True, httponly=True, samesite="lax")


def sign_in(request: Request, org_code: str) -> BearerToken | None:
    """Return the sign-in that this browser began with an organisation. It is finished from the provider's own page."""
    return secrets.parse(request.cookies.get(_sign_in_name(org_code), ""), (secrets.SIGN_IN_PREFIX,))


def set_sign_in(response: Response, org_code: str, secret: BearerToken, life_s: int) -> None:
    response.set_cookie(
        _sign_in_name(org_code),
        secret.text,
        max_age=life_s,
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",
    )


def clear_sign_in(response: Response, org_code: str) -> None:
    response.delete_cookie(_sign_in_name(org_code), path="/", secure=True, httponly=True, samesite="lax")


def _sign_in_name(org_code: str) -> str:
    return f"{SIGN_IN_PREFIX}{org_code}"


def name_of(org_code: str) -> str:
    """Return the name of an organisation's cookie; a code is in every URL, and no secret."""
    return PREFIX + org_code
