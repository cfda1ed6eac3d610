"""Secrets: what a token proves with is printed once, and is nowhere else."""

from pathlib import Path

from support.command import Installation
from velaurum.identity.secrets import parse


def files_with(needles: list[bytes], directory: Path) -> list[Path]:
    kept = [path for path in directory.rglob("*") if path.is_file()]
    assert len(kept) > 100, "the database is below this directory"
    return [path for path in kept if any(needle in path.read_bytes() for needle in needles)]


def forms(text: str) -> list[bytes]:
    """Return the token as a whole, its secret part as text, and the secret itself, raw and in hexadecimal."""
    token = parse(text)
    assert token is not None
    return [text.encode(), text[47:90].encode(), token.secret, token.secret.hex().encode()]


def test_no_file_of_the_data_directory_and_no_log_has_a_tokens_secret(installation: Installation) -> None:
    administrator = installation.bootstrapped.document["token"]
    tenant = installation.tenant()
    keeper = tenant.keeper.settings["VELAURUM_TOKEN"]
    assert tenant.keeper("stock", "--json").document["data"] == []

    needles = [*forms(administrator), *forms(keeper)]

    assert files_with(needles, installation.data_dir) == []
    assert not any(needle in installation.log for needle in needles)


def test_the_search_would_find_a_secret(installation: Installation) -> None:
    (installation.data_dir / "planted").write_bytes(b"before needle after")

    found = files_with([b"needle"], installation.data_dir)

    (installation.data_dir / "planted").unlink()
    assert [path.name for path in found] == ["planted"]


def test_no_failure_shows_the_token(installation: Installation) -> None:
    tenant = installation.tenant()
    token = tenant.keeper.settings["VELAURUM_TOKEN"]
    broken = f"{token}\r\nx"

    answers = [
        tenant.keeper("item", "show", "NOTHING"),
        tenant.keeper("stock", "--url", "https://127.0.0.1:1"),
        tenant.keeper("stock", "--url", "http://example.com"),
        tenant.keeper.given(token=broken)("stock"),
        tenant.keeper("stock", "--json", "--org", "another"),
    ]

    assert [answer.code for answer in answers] == [3, 1, 2, 2, 4]
    assert not any(token in answer.stdout + answer.stderr for answer in answers)


def test_the_password_of_a_database_is_not_shown(installation: Installation) -> None:
    url = "postgresql://somebody:hidden@127.0.0.1:1/velaurum"

    answer = installation.command("org", "list", "--database-url", url)

    assert answer.code == 1
    assert "hidden" not in answer.stderr


def test_a_token_by_reference_is_sent_and_never_said(installation: Installation) -> None:
    tenant = installation.tenant()
    token = tenant.keeper.settings["VELAURUM_TOKEN"]
    kept = tenant.keeper.directory / f"token-of-{tenant.code}"
    kept.write_text(f"{token}\n")
    kept.chmod(0o600)

    by_file = tenant.keeper.given(token=f"file:{kept}", mode="production")("stock", "--json")
    itself = tenant.keeper.given(mode="production")("stock")

    assert by_file.document["data"] == []
    assert (itself.code, token in itself.stderr) == (2, False)
    assert "refused in production" in itself.sentence
