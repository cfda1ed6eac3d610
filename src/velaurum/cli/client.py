"""The HTTP client: the API that everybody uses, bounded in time, repeating only what cannot happen twice."""

import contextlib
import ipaddress
import json
import re
import ssl
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import urllib3
from urllib3.util import Timeout, Url, parse_url

from velaurum import __version__, secret_references, texts
from velaurum.cli import show
from velaurum.cli.failures import Refused
from velaurum.cli.flags import NO_ORG
from velaurum.config import Settings
from velaurum.errors import OperationError, UsageError
from velaurum.secret_references import Resolver

ATTEMPTS = 4
CONNECT_S, READ_S = 5.0, 30.0
FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 5.0
PAGE = 200
_LIMITED, _UNAVAILABLE = 429, 503
_FIRST_REFUSED = 400
PRODUCTION = "production"
OCTETS = "application/octet-stream"
_VISIBLE = re.compile(r"[!-~]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered: a document that it means as success."""

    document: dict[str, Any]
    replayed: bool


class Client:
    """Speaks to one organisation of one server, as the holder of one token."""

    def __init__(self, settings: Settings, *, is_operator: bool = False, read_s: float = READ_S) -> None:
        """Check everything that can be wrong before anything is sent; UsageError when something is.

        `is_operator` is for administrators, who have a door of their own; `read_s` is how long an answer may let wait.
        """
        url = _server(settings)
        self._server = url.url.rstrip("/")
        self._token = _token(settings)
        if settings.org is None:
            raise UsageError(NO_ORG)
        self.is_operator = is_operator
        door = "/v1/operator/orgs/" if is_operator else "/v1/orgs/"
        self._base = f"{url.path or ''}{door}{quote(settings.org, safe='')}".replace("//", "/")
        self._pool = _pool(url, settings, read_s)

    def get(self, path: str, **query: str | int | None) -> Answer:
        """Read one document."""
        return self._ask("GET", _with(path, query), {}, None)

    def text(self, path: str, **query: str | int | None) -> bytes:
        """Read what is no JSON document, but a text of its own format."""
        response = self._send("GET", _with(path, query), {"Accept": "text/plain, application/json"}, None)
        if response.status < _FIRST_REFUSED and _media_type(response) == "text/plain":
            return response.data
        self._read(response)
        raise OperationError(self._foreign(response))

    def stream(self, path: str, headers: Mapping[str, str], kind: str = OCTETS) -> urllib3.BaseHTTPResponse:
        """Begin to read octets of a media type; whoever asked reads them, and closes what they come from."""
        asked = {"Accept": f"{kind}, application/json", **headers}
        response = self._send("GET", path, asked, None, preload=False)
        if response.status < 300 and _media_type(response) == kind:  # noqa: PLR2004 - a success
            return response
        self._read(response)
        raise OperationError(self._foreign(response))

    def rows(self, path: str, limit: int | None, **query: str | None) -> dict[str, Any]:
        """Read a list to its end, or to `limit` rows, as one document of the state of its first page."""
        if limit is not None and limit < 1:
            raise UsageError("--limit is at least 1; leave it out for all rows.")
        pages = self._pages(path, limit, query)
        first = next(pages)
        rows: list[Any] = first["data"]
        for page in pages:
            rows += page["data"]
        return {"data": rows[:limit], "as_of": first["as_of"]}

    def post(self, path: str, document: Mapping[str, Any], key: str | None, *, as_json: bool) -> Answer:
        """Write once: the key is told before it is sent, so that the user can repeat whatever happens."""
        key = key if key is not None else str(uuid.uuid4())
        if not texts.IDEMPOTENCY_KEY.fullmatch(key):
            raise UsageError("--key is 1 to 255 visible ASCII characters.")
        show.note(json.dumps({"idempotency_key": key}) if as_json else f"Idempotency-Key: {key}")
        body = json.dumps({name: value for name, value in document.items() if value is not None})
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        try:
            answer = self._ask("POST", path, headers, body.encode())
        except OperationError as error:
            mend = f"repeat with --key {key}: it is recorded at most once."
            raise OperationError(f"{error} Whether it was recorded is not known; {mend}") from error
        if answer.replayed:
            show.note("This key was decided before; this is the original answer.")
        return answer

    def act(self, path: str, document: Mapping[str, Any] | None = None) -> Answer:
        """Do what is the same when it is done twice: it needs no key, and most of it no body."""
        headers = {} if document is None else {"Content-Type": "application/json"}
        return self._ask("POST", path, headers, None if document is None else json.dumps(document).encode())

    def remove(self, path: str) -> Answer:
        """Take away what is the same when it is taken away twice."""
        return self._ask("DELETE", path, {}, None)

    def change(self, path: str, document: Mapping[str, Any], *, verb: str | None = None) -> Answer:
        """Change a record as it is now, or act on it; refused when somebody else changes it meanwhile."""
        version = self.get(path).document["version"]
        headers = {"If-Match": f'"v{version}"', "Content-Type": "application/json"}
        method, path = ("PATCH", path) if verb is None else ("POST", f"{path}/{verb}")
        return self._ask(method, path, headers, json.dumps(document).encode())

    def _pages(
        self, path: str, limit: int | None, query: Mapping[str, str | None]
    ) -> Iterator[dict[str, Any]]:
        cursor: str | None = None
        read = 0
        while True:
            size = PAGE if limit is None else min(PAGE, limit)
            page = self.get(path, **query, limit=size, cursor=cursor).document
            yield page
            read += len(page["data"])
            cursor = page["next_cursor"]
            if cursor is None or (limit is not None and read >= limit):
                return

    def _ask(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        return self._read(self._send(method, path, headers, body))

    def _send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, *, preload: bool = True
    ) -> urllib3.BaseHTTPResponse:
        sent = {
            "Authorization": f"Bearer {self._token}",
            "Accept": "application/json",
            "User-Agent": f"velaurum/{__version__}",
            **headers,
        }
        wait_s = FIRST_WAIT_S
        for attempt in range(1, ATTEMPTS + 1):
            try:
                response = self._pool.urlopen(
                    method, self._base + path, body, sent, False, redirect=False, preload_content=preload
                )
            except urllib3.exceptions.SSLError as error:
                raise OperationError(self._distrust(error)) from error
            except urllib3.exceptions.HTTPError as error:
                if attempt == ATTEMPTS:
                    raise OperationError(self._silence(error)) from error
            else:
                if attempt == ATTEMPTS or not _passing(response):
                    return response
                wait_s = max(wait_s, _seconds(response.headers.get("Retry-After")))
            time.sleep(min(wait_s, LONGEST_WAIT_S))
            wait_s *= 2
        raise AssertionError("the last attempt returns or raises")

    def _read(self, response: urllib3.BaseHTTPResponse) -> Answer:
        document = _document(response)
        if response.status >= _FIRST_REFUSED and document is not None and {"type", "code"} <= document.keys():
            retry_after_s = _seconds(response.headers.get("Retry-After"))
            raise Refused({"status": response.status, **document}, self._server, retry_after_s)
        if response.status >= 300 or document is None:  # noqa: PLR2004 - neither success nor a problem
            raise OperationError(self._foreign(response))
        return Answer(document, response.headers.get("Idempotent-Replayed") == "true")

    def _foreign(self, response: urllib3.BaseHTTPResponse) -> str:
        return f"{self._server} does not answer as Velaurum does (status {response.status}); look at --url."

    def _distrust(self, error: Exception) -> str:
        reason = re.sub(r"\s*\(_ssl\.c:\d+\)", "", str(error)).strip()
        return (
            f"{self._server} cannot be trusted ({reason}); name the server's --data-dir, which holds its "
            "certificate, or let SSL_CERT_FILE name the certificate."
        )

    def _silence(self, error: Exception) -> str:
        reason = "it did not answer in time" if isinstance(error, urllib3.exceptions.TimeoutError) else ""
        if isinstance(error, urllib3.exceptions.NewConnectionError):
            reason = "nobody listens there"
        reason = reason or "the connection broke"
        return f"{self._server} cannot be reached: {reason}; start it with `velaurum up`, or look at --url."


def _server(settings: Settings) -> Url:
    """Return where the server is: as the settings say, or where `velaurum up` listens with the same settings."""
    text = settings.url
    if text is None:
        host, port = settings.host_and_port
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - a client cannot go there
        shown = f"[{host}]" if ":" in host else host
        text = f"{'http' if settings.insecure_http else 'https'}://{shown}:{port}"
    try:
        url = parse_url(text)
    except urllib3.exceptions.LocationParseError:
        url = Url()
    if url.scheme not in ("http", "https") or not url.host or url.auth or url.query or url.fragment:
        raise UsageError("The server's URL is not one; write it like https://127.0.0.1:8420.")
    if url.scheme == "http" and not _is_loopback(url.host):
        raise UsageError(
            f"Plain HTTP would show the token to the network on its way to {url.host}; write https."
        )
    return url


def _token(settings: Settings) -> str:
    if settings.token is None:
        raise UsageError(
            "No token is given; make one with `velaurum token create --org CODE --role ROLE` "
            "and put it into VELAURUM_TOKEN."
        )
    is_production = settings.mode == PRODUCTION
    token = settings.token
    if secret_references.is_reference(token):
        known = Resolver(
            settings.data_dir,
            settings.azure_vault_identity,
            is_production,
            _of_token(settings) if settings.pkcs11_module else None,
        )
        token = known.secret("token", token)
    elif is_production:
        raise UsageError(
            "token is a token itself, which is refused in production; write file:/path or azure-kv:VAULT/NAME."
        )
    if not _VISIBLE.fullmatch(token):
        raise UsageError("The token has a character that no token has; copy it again, it begins with vlm_.")
    return token


def _of_token(settings: Settings) -> Callable[[str], bytes] | None:
    from velaurum.keys import resolving  # noqa: PLC0415 - a client has no need of keys but for this

    return resolving.of_token(settings)


def _pool(url: Url, settings: Settings, read_s: float) -> urllib3.HTTPConnectionPool:
    timeout = Timeout(connect=CONNECT_S, read=read_s)
    host = (url.host or "").strip("[]")
    if url.scheme == "http":
        return urllib3.HTTPConnectionPool(host, url.port, timeout=timeout)
    context = ssl.create_default_context()
    certificate = settings.data_dir / "tls" / "cert.pem"
    if _is_loopback(host):
        # Not there, closed to us, or no certificate: then the system's authorities decide alone.
        with contextlib.suppress(OSError):
            context.load_verify_locations(certificate)
    return urllib3.HTTPSConnectionPool(host, url.port, timeout=timeout, ssl_context=context)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _with(path: str, query: Mapping[str, str | int | None]) -> str:
    given = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def _media_type(response: urllib3.BaseHTTPResponse) -> str:
    return response.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def _passing(response: urllib3.BaseHTTPResponse) -> bool:
    """Tell whether the server asks to come back soon; a missing administrator does not pass by waiting."""
    if response.status not in (_LIMITED, _UNAVAILABLE) or "Retry-After" not in response.headers:
        return False
    if response.status == _LIMITED and _seconds(response.headers["Retry-After"]) > LONGEST_WAIT_S:
        return False  # whoever comes back earlier is only refused again
    return (_document(response) or {}).get("code") != "setup-required"


def _document(response: urllib3.BaseHTTPResponse) -> dict[str, Any] | None:
    try:
        document = json.loads(response.data)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _seconds(text: str | None) -> float:
    return float(text) if text is not None and text.isdecimal() else 0.0
