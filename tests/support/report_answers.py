"""Reports over HTTP: what every route about them answers, and where each names a record."""

from collections.abc import Callable

from support.api_orgs import ISSUE, RECEIPT, ApiOrg
from support.http_client import Reply
from support.places import Place
from support.stock_keys import lot

OF_AN_ITEM = ("stock-card", "timeline")
OF_ANY_ITEM = ("on-hand", "movement-register", "difference")
EXPIRY = "/reports/expiry?on=2026-11-30"


def report_answers(org: ApiOrg) -> dict[str, Reply]:
    """Return an answer of success of every operation about reports, each with a row."""
    org.move({**ISSUE, "quantity": "9999"})
    org.movement(RECEIPT, reference="PO-2")
    org.item("CREAM", tracking="lot")
    lot(org, "C-1", item="CREAM", expires_on="2999-12-31")
    org.movement(RECEIPT, item="CREAM", lot="C-1")
    return {
        "listOnHand": org.get("/reports/on-hand?limit=1"),
        "listStockCard": org.get("/reports/stock-card?limit=1&item=BOLT"),
        "listMovementRegister": org.get("/reports/movement-register?limit=1"),
        "listRefusals": org.get("/reports/refusals?limit=1"),
        "listTimeline": org.get("/reports/timeline?limit=1&item=BOLT&location=A"),
        "listDifference": org.get("/reports/difference?limit=1&from_size=0"),
        "listExpiry": org.get(f"{EXPIRY}&limit=1"),
    }


def _asked(name: str, query: str) -> Callable[[ApiOrg, str], Reply]:
    since = "from_size=0&" if name == "difference" else ""
    return lambda org, named: org.get(f"/reports/{name}?{since}{query.format(named)}")


def _asked_of_expiry(noun: str) -> Callable[[ApiOrg, str], Reply]:
    return lambda org, named: org.get(f"{EXPIRY}&{noun}={named}")


REPORTS = {
    **{
        f"GET reports/expiry ?{noun}": Place(noun, _asked_of_expiry(noun))
        for noun in ("item", "location", "lot")
    },
    **{f"GET reports/{name} ?item": Place("item", _asked(name, "item={}")) for name in OF_ANY_ITEM},
    **{f"GET reports/{name} ?item": Place("item", _asked(name, "item={}")) for name in OF_AN_ITEM},
    **{
        f"GET reports/{name} ?location": Place("location", _asked(name, "location={}"))
        for name in OF_ANY_ITEM
    },
    **{
        f"GET reports/{name} ?location": Place("location", _asked(name, "item=BOLT&location={}"))
        for name in OF_AN_ITEM
    },
    **{
        f"GET reports/{name} ?{noun}": Place(noun, _asked(name, f"{noun}={{}}"))
        for name in OF_ANY_ITEM
        for noun in ("lot", "serial")
    },
    **{
        f"GET reports/{name} ?{noun}": Place(noun, _asked(name, f"item=BOLT&{noun}={{}}"))
        for name in OF_AN_ITEM
        for noun in ("lot", "serial")
    },
    **{
        f"GET reports/{name} ?actor": Place("actor", _asked(name, "actor={}"))
        for name in ("movement-register", "refusals")
    },
}
