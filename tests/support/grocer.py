"""A grocer with a real year to import: an installation over plain HTTP, an organisation, and its balances."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from support.command import Command, Installation, Tenant, up
from support.http_client import Client
from support.year_of_sales import Balances


@dataclass(frozen=True, slots=True)
class Grocer:
    """One organisation: commands of its two people, and what the API answers to its storekeeper."""

    tenant: Tenant
    client: Client
    born: int = 0  # the size of the log before the first movement

    def posted(self) -> int:
        """Return how many movements there are, where nothing else was changed since."""
        return self.log_size() - self.born

    def get(self, path: str) -> Any:
        token = self.tenant.keeper.settings["VELAURUM_TOKEN"]
        self.client.close()  # the server closes what was idle for a while
        reply = self.client.get(f"/v1/orgs/{self.tenant.code}{path}", token=token)
        assert reply.status == 200, reply
        return reply.json

    def log_size(self) -> int:
        """Return how many entries the organisation's log has, movements and changes."""
        size: int = self.get("/balances?limit=1")["as_of"]["log_size"]
        return size

    def balances(self, query: str = "") -> Balances:
        """Read every balance, page by page."""
        found: Balances = {}
        cursor = ""
        while True:
            page = self.get(f"/balances?limit=200{query}{cursor}")
            found |= {(one["item"]["code"], one["location"]["code"]): one["on_hand"] for one in page["data"]}
            if page["next_cursor"] is None:
                return found
            cursor = f"&cursor={page['next_cursor']}"

    def recorded_sale(self, item: str, location: str) -> tuple[str, int]:
        """Return when a sale in the middle of a stock key's history was recorded, and its row in the source."""
        found = self.get(f"/movements?item={item}&location={location}&kind=issue&limit=200")["data"]
        sale = found[len(found) // 2]
        return sale["recorded_at"], int(sale["idempotency_key"].rpartition("-")[2])


@contextmanager
def installed(directory: Path) -> Iterator[Installation]:
    """Serve a new installation below `directory` over plain HTTP, bootstrapped."""
    command = Command({"VELAURUM_DATA_DIR": str(directory / "data")}, directory)
    with (directory / "up.log").open("wb") as log, up(command, "--insecure-http", stderr=log) as (_, line):
        url = line.removeprefix("ready ").strip()
        told = command.given(url=url)
        yield Installation(told, directory / "data", url, told("bootstrap", "--json"))


@contextmanager
def opened(installation: Installation) -> Iterator[Grocer]:
    """Make a grocer's organisation in an installation."""
    client = Client(installation.url)
    try:
        shop = Grocer(installation.tenant(), client)
        yield replace(shop, born=shop.log_size())
    finally:
        client.close()
