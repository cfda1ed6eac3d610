"""A small organisation with webhooks, as the record of processing has it."""

from dataclasses import replace
from pathlib import Path

from velaurum.config import Settings
from velaurum.ops import privacy
from velaurum.ops.privacy import OrgAndRegion, ProcessingRecord
from velaurum.webhooks.endpoints import Endpoint

ORG = OrgAndRegion("019a9f00-7a00-7000-8000-000000000007", "acme", "eu-west")
INSTANT = "2026-11-22T10:05:00.000000Z"
ERP = Endpoint(
    id="019a9f00-7a00-7000-8000-000000000001",
    code="erp",
    name="ERP",
    url="https://erp.example.com/hooks/5ecret?key=hidden",
    event_types=["velaurum.movement.*"],
    generation=1,
    key_id="key",
    older_until=None,
    version=1,
    created_at=INSTANT,
    updated_at=INSTANT,
    disabled_at=None,
    disabled_reason=None,
)
ENDPOINTS = [
    ERP,
    replace(ERP, code="wms", url="https://wms.example.com:8443/in", disabled_at=INSTANT),
    replace(ERP, code="erp-2", url="https://erp.example.com/other", disabled_at=INSTANT),
]


def record_of(endpoints: list[Endpoint], **settings: str) -> ProcessingRecord:
    here = privacy.installed(Settings(Path("unused"), **settings))
    return privacy.record(ORG, endpoints, here)
