"""Manifests of exports: every file is as it was written, none is missing, and none is too much (V-19)."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from velaurum.exports import manifests
from velaurum.exports.findings import Fault
from velaurum.exports.manifests import Manifest

FILES = {"data/a.ndjson": b"one\n", "data/b.csv": b"two\r\n", "README.md": b"three\n"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path, content in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    write_sums(tmp_path, sorted(FILES))
    return tmp_path


def write_sums(folder: Path, paths: list[str]) -> None:
    listed = ((path, hashlib.sha256(FILES.get(path, b"")).hexdigest()) for path in paths)
    seal(folder, b"".join(manifests.sums(listed)))


def seal(folder: Path, sums: bytes) -> None:
    (folder / manifests.SUMS).write_bytes(sums)
    report = {"format": manifests.FORMAT, "sha256sums": hashlib.sha256(sums).hexdigest()}
    (folder / manifests.MANIFEST).write_text(json.dumps({"report": report, "signature": {}}))


def fault(folder: Path) -> str | None:
    manifest = manifests.read(folder)
    assert isinstance(manifest, Manifest)
    found = manifests.fault(folder, manifest)
    return None if found is None else found.reason


def test_files_as_they_were_written_hold(folder: Path) -> None:
    told: list[int] = []
    manifest = manifests.read(folder)
    assert isinstance(manifest, Manifest)

    assert manifests.fault(folder, manifest, told.append) is None
    assert sum(told) == sum(map(len, FILES.values())) + (folder / manifests.SUMS).stat().st_size


@pytest.mark.parametrize("path", sorted(FILES))
def test_a_file_that_is_otherwise_or_gone_is_named(folder: Path, path: str) -> None:
    (folder / path).write_bytes(b"else")
    changed = fault(folder)
    (folder / path).unlink()

    assert changed == f"{path} is not as it was written: its SHA-256 is another."
    assert fault(folder) == f"{path} is missing or cannot be read."


def test_a_link_is_no_file(folder: Path) -> None:
    (folder / "data/a.ndjson").rename(folder.parent / "elsewhere")
    (folder / "data/a.ndjson").symlink_to(folder.parent / "elsewhere")

    assert fault(folder) == "data/a.ndjson is missing or cannot be read."


def test_a_file_in_no_list_is_named(folder: Path) -> None:
    (folder / "data/more").mkdir()
    (folder / "data/more/x").write_bytes(b"")

    assert fault(folder) == "data/more/x is no file of this export."


def test_another_list_is_not_the_one_of_the_manifest(folder: Path) -> None:
    (folder / manifests.SUMS).write_bytes(b"")

    assert fault(folder) == "SHA256SUMS is not the one that manifest.json is of."


@pytest.mark.parametrize(
    "line",
    [
        "0" * 64 + "  ../outside",
        "0" * 64 + "  /etc/passwd",
        "0" * 64 + "  data/../../outside",
        "0" * 63 + "  data/a.ndjson",
        "0" * 64 + " data/a.ndjson",
        "F" * 64 + "  data/a.ndjson",
        "",
    ],
)
def test_a_list_in_another_form_or_that_leads_elsewhere_is_refused(folder: Path, line: str) -> None:
    seal(folder, f"{line}\n".encode())

    assert fault(folder) == "SHA256SUMS has a line that is in no form, comes again, or leads elsewhere."


def test_a_line_that_comes_again_is_refused(folder: Path) -> None:
    write_sums(folder, ["README.md", "README.md"])

    assert fault(folder) == "SHA256SUMS has a line that is in no form, comes again, or leads elsewhere."


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {"report": {}},
        {"report": {"format": "velaurum-export/v2", "sha256sums": ""}},
        {"report": {"format": manifests.FORMAT, "sha256sums": 1}},
    ],
)
def test_a_manifest_in_another_form_is_refused(folder: Path, document: Any) -> None:
    (folder / manifests.MANIFEST).write_text(json.dumps(document))

    found = manifests.read(folder)

    assert isinstance(found, Fault)
    assert found.reason == "manifest.json is in no form that is known here."


def test_a_manifest_that_is_a_pipe_is_not_waited_for(folder: Path) -> None:
    (folder / manifests.MANIFEST).unlink()
    os.mkfifo(folder / manifests.MANIFEST)

    found = manifests.read(folder)

    assert isinstance(found, Fault)


@pytest.mark.parametrize("name", ["manifest.json", "SHA256SUMS", "data"])
def test_what_only_a_whole_export_has_makes_it_one(tmp_path: Path, name: str) -> None:
    before = manifests.is_whole(tmp_path)
    (tmp_path / name).mkdir()

    assert (before, manifests.is_whole(tmp_path)) == (False, True)
