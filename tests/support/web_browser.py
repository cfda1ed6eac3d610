"""A small web browser: it keeps cookies as browsers do, follows redirects, and says where a visit comes from."""

import http.client
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import SplitResult, urlencode, urlsplit

from support.http_client import Reply

MOST_HOPS = 10
TIMEOUT_S = 30.0
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Page:
    """What the browser shows in the end: where, and the answer there. `hops` are the addresses on the way."""

    url: str
    reply: Reply
    hops: tuple[str, ...]


@dataclass(slots=True)
class WebBrowser:
    """One browser. A site is a port here: every name of this machine with one port is one site."""

    jars: dict[int, dict[str, str]] = field(default_factory=dict)

    def visit(self, url: str, *, stop_at: str = "") -> Page:
        """Go to an address as if it had been typed, and on to where it leads, but not to `stop_at`."""
        return self._go(url, None, "none", stop_at)

    def submit(self, page: Page, **form: str) -> Page:
        """Send the form of a page to where it came from."""
        return self._go(page.url, form, "same-origin", "")

    def follow(self, url: str) -> Page:
        """Go to an address by a link on another site."""
        return self._go(url, None, "cross-site", "")

    def _go(self, url: str, form: dict[str, str] | None, fetch_site: str, stop_at: str) -> Page:
        hops: list[str] = []
        came_from = urlsplit(url).port
        for _ in range(MOST_HOPS):
            reply = self._ask(urlsplit(url), form, fetch_site)
            hops.append(url)
            if not 300 <= reply.status < 400:
                return Page(url, reply, tuple(hops))
            form, url = None, reply.headers["location"]
            if stop_at and stop_at in url:
                return Page(url, reply, tuple(hops))
            # Once a way leads over another site, all that follows on it comes from there.
            if urlsplit(url).port != came_from:
                fetch_site = "cross-site"
        raise AssertionError(f"more than {MOST_HOPS} redirects: {hops}")

    def _ask(self, address: SplitResult, form: dict[str, str] | None, fetch_site: str) -> Reply:
        assert address.port is not None
        jar = self.jars.setdefault(address.port, {})
        headers = {
            "Host": address.netloc,
            "Sec-Fetch-Site": fetch_site,
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "document",
        }
        if jar:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
        if form is not None:
            headers["Content-Type"] = FORM
        target = address.path + (f"?{address.query}" if address.query else "")
        connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=TIMEOUT_S)
        try:
            method = "GET" if form is None else "POST"
            connection.request(method, target, urlencode(form) if form is not None else None, headers)
            answer = connection.getresponse()
            reply = Reply(
                answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
            )
            self._keep(jar, answer.msg.get_all("Set-Cookie") or [])
        finally:
            connection.close()
        return reply

    def _keep(self, jar: dict[str, str], lines: list[str]) -> None:
        for line in lines:
            for name, cookie in SimpleCookie(line).items():
                if name.startswith("__Host-"):
                    # A browser drops a cookie of this name that is not all of this.
                    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
                    assert (cookie["httponly"], cookie["samesite"].lower()) == (True, "lax")
                if cookie["max-age"] == "0":
                    jar.pop(name, None)
                else:
                    jar[name] = cookie.value
