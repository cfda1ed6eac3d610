"""An export that was asked for is downloaded by who may, and gone on with; it is gone when it must be (V-19, V-25)."""

import base64
import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pyrage import x25519

from support.api_orgs import ApiOrg
from support.command import Installation
from support.http_client import Reply
from support.staff import administrator
from support.whole_orgs import made, verify, whole_org
from support.written_notes import asked


@dataclass(frozen=True, slots=True)
class Download:
    """An export that a job made, and the answer to who asked for it whole."""

    org: ApiOrg
    job: Any
    whole: Reply
    identity: x25519.Identity

    @property
    def path(self) -> str:
        return f"{self.org.path}/exports/{self.job['id']}/archive"

    def get(self, role: str = "org-admin", **fields: str) -> Reply:
        headers = [(name.replace("_", "-"), value) for name, value in fields.items()]
        return self.org.client.ask("GET", self.path, token=self.org.tokens[role], headers=headers)


def download(installation: Installation, org: ApiOrg) -> Download:
    identity = x25519.Identity.generate()
    job = made(installation, org, str(identity.to_public()))
    path = f"{org.path}/exports/{job['id']}/archive"
    return Download(org, job, org.client.get(path, token=org.tokens["org-admin"]), identity)


@pytest.fixture(scope="module")
def downloaded(plainly_served: Installation) -> Iterator[Download]:
    with whole_org(plainly_served, movements=500) as org:
        yield download(plainly_served, org)


def test_what_is_downloaded_is_what_was_made_and_a_stranger_verifies_it(
    plainly_served: Installation, downloaded: Download, place: Path
) -> None:
    archive = place / "mine.tar.age"
    archive.write_bytes(downloaded.whole.body)
    (place / "ours").write_text(f"{downloaded.identity}\n")
    policy = downloaded.org.get("/log/status").json["policy"]
    (place / "policy.txt").write_text(policy)

    read = verify(archive, "--identity", str(place / "ours"), "--json").document

    digest = hashlib.sha256(downloaded.whole.body)
    headers, result = downloaded.whole.headers, downloaded.job["result"]
    assert (downloaded.whole.status, read["ok"], read["size"]) == (200, True, result["size"])
    assert (result["archive_sha256"], result["archive_bytes"]) == (
        digest.hexdigest(),
        len(downloaded.whole.body),
    )
    assert headers["etag"] == f'"{digest.hexdigest()}"'
    assert headers["repr-digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    assert headers["content-disposition"].endswith(f'"{downloaded.org.code}-{result["size"]}.tar.age"')
    assert (plainly_served.data_dir / result["file"]).read_bytes() == downloaded.whole.body


@pytest.mark.parametrize(
    ("asked_for", "part"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=1000-", slice(1000, None)),
        ("bytes=10-999999999999", slice(10, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=-999999999999", slice(0, None)),
    ],
)
def test_a_download_that_broke_off_goes_on(downloaded: Download, asked_for: str, part: slice) -> None:
    whole = downloaded.whole.body
    etag = downloaded.whole.headers["etag"]

    found = downloaded.get(Range=asked_for, If_Range=etag)

    begin, end, _ = part.indices(len(whole))
    assert (found.status, found.body) == (206, whole[part])
    assert found.headers["content-range"] == f"bytes {begin}-{end - 1}/{len(whole)}"
    assert found.headers["etag"] == etag


@pytest.mark.parametrize(
    "fields",
    [
        {"Range": "bytes=5-", "If_Range": '"another"'},
        {"Range": "bytes=5-", "If_Range": "Mon, 30 Nov 2026 01:00:00 GMT"},
        {"Range": "bytes=9-5"},
        {"Range": "bytes=-"},
        {"Range": "bytes=0-1,5-6"},
        {"Range": "lines=1-2"},
    ],
)
def test_what_cannot_be_gone_on_with_is_given_whole(downloaded: Download, fields: dict[str, str]) -> None:
    found = downloaded.get(**fields)

    assert (found.status, found.body) == (200, downloaded.whole.body)


@pytest.mark.parametrize("asked_for", ["bytes={size}-", "bytes=-0"])
def test_a_range_behind_the_end_is_refused_with_the_size(downloaded: Download, asked_for: str) -> None:
    size = len(downloaded.whole.body)

    refused = downloaded.get(Range=asked_for.format(size=size))

    assert refused.refused == (416, "range-not-satisfiable")
    assert refused.headers["content-range"] == f"bytes */{size}"


def test_head_has_the_answer_without_its_octets(downloaded: Download) -> None:
    org, whole = downloaded.org, downloaded.whole

    heads = [
        org.client.ask("HEAD", downloaded.path, token=org.tokens["org-admin"], headers=headers)
        for headers in ([], [("Range", "bytes=5-")])
    ]

    kept = ("etag", "repr-digest", "accept-ranges", "content-disposition", "content-type", "content-length")
    for head in heads:
        assert (head.status, head.body) == (200, b"")
        assert [head.headers[name] for name in kept] == [whole.headers[name] for name in kept]
    refused = org.client.ask("HEAD", downloaded.path, token=org.tokens["storekeeper"])
    assert (refused.status, refused.body) == (403, b"")


@pytest.mark.parametrize("role", ["storekeeper", "controller", "auditor", "integration", "provisioner"])
def test_nobody_else_downloads_it(downloaded: Download, role: str) -> None:
    assert downloaded.get(role).refused == (403, "forbidden")


def test_another_organisation_finds_nothing_and_learns_nothing(
    plainly_served: Installation, downloaded: Download
) -> None:
    with whole_org(plainly_served) as other:
        token = other.tokens["org-admin"]
        by_own_path = other.client.get(f"{other.path}/exports/{downloaded.job['id']}/archive", token=token)
        by_their_path = other.client.get(downloaded.path, token=token)

    assert by_own_path.refused == (404, "not-found")
    assert by_their_path.refused == (403, "forbidden")


def test_each_download_is_recorded(plainly_served: Installation, downloaded: Download) -> None:
    query = (
        "select count(*) from tenancy.access_event"
        " where org_id = %s and 'getExportArchive' = any (operations) and 206 = any (statuses)"
    )
    before = asked(plainly_served, query, downloaded.org.org_id)[0][0]

    downloaded.get(Range="bytes=0-9")

    deadline = time.monotonic() + 10
    while asked(plainly_served, query, downloaded.org.org_id)[0][0] == before:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_download_is_told_to_everybody_who_was_there_and_once_a_day(downloaded: Download) -> None:
    admin = administrator(downloaded.org)
    ada = admin.hires()
    first, *_ = [downloaded.get(Range="bytes=0-9") for _ in range(2)]
    late = admin.hires("Bob")
    mark = admin.get(f"/principals/{ada}").headers["x-request-id"]

    def told(principal: str) -> list[Any]:
        held = admin.must(admin.get(f"/principals/{principal}/bundle"))["held"]
        return list(held.get("accessed_by", []))

    deadline = time.monotonic() + 10
    while mark not in {one["request"] for one in told(ada)}:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    (seen,) = [one for one in told(ada) if one["in"] == "export"]
    assert (seen["operation"], seen["request"]) == ("getExportArchive", first.headers["x-request-id"])
    assert [one for one in told(late) if one["in"] == "export"] == []


def test_what_is_no_export_or_not_made_yet_is_not_downloaded(downloaded: Download) -> None:
    org = downloaded.org
    other = org.post("/assurance/log/verifications", None, role="auditor").json["id"]

    refused = org.client.get(f"{org.path}/exports/{other}/archive", token=org.tokens["org-admin"])

    assert refused.refused == (404, "not-found")
