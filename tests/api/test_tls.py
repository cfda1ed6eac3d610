"""The TLS pair: our own when there is none, and an operator's never touched."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from velaurum.api import tls
from velaurum.api.tls import TlsPair, ensure_pair
from velaurum.errors import OperationError, UsageError

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def certificate_in(data: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((data / "tls" / "cert.pem").read_bytes())


def contents(data: Path) -> dict[str, bytes]:
    return {
        path.name: b"link" if path.is_symlink() else path.read_bytes() for path in (data / "tls").iterdir()
    }


def names_in(data: Path) -> set[str]:
    said = certificate_in(data).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in said}


def assert_serves(pair: TlsPair) -> None:
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(pair.certificate, pair.key)


def operators_pair(data: Path, *, ends: datetime = NOW + 90 * DAY, password: bytes | None = None) -> None:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stock.example")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 7)
        .not_valid_before(ends - 365 * DAY)
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
    )
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, lock
    )
    (data / "tls").mkdir(parents=True, exist_ok=True)
    (data / "tls" / "key.pem").write_bytes(encoded)
    (data / "tls" / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def test_the_first_start_makes_a_pair_for_this_machine_alone(tmp_path: Path) -> None:
    pair = ensure_pair(tmp_path / "data", "127.0.0.1", now=NOW)
    certificate = certificate_in(tmp_path / "data")
    assert names_in(tmp_path / "data") == {"localhost", "127.0.0.1", "::1"}
    assert certificate.not_valid_before_utc == NOW
    assert certificate.not_valid_after_utc == NOW + 397 * DAY
    public = certificate.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert public.curve.name == "secp256r1"
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert pair.key.stat().st_mode & 0o777 == 0o600
    assert {path.name for path in pair.key.parent.iterdir()} == {"key.pem", "cert.pem"}
    assert_serves(pair)


@pytest.mark.parametrize(
    ("host", "extra"),
    [
        ("stock.example", {"stock.example"}),
        ("10.1.2.3", {"10.1.2.3"}),
        ("fd00::7", {"fd00::7"}),
        ("fe80::7%eth0", {"fe80::7"}),
        ("localhost", set()),
        ("0.0.0.0", set()),  # noqa: S104 - a host to listen on, and no name of this machine
        ("::", set()),
    ],
)
def test_the_certificate_names_the_host_that_is_listened_on(
    tmp_path: Path, host: str, extra: set[str]
) -> None:
    ensure_pair(tmp_path, host, now=NOW)
    made = contents(tmp_path)
    assert names_in(tmp_path) == {"localhost", "127.0.0.1", "::1"} | extra
    ensure_pair(tmp_path, host, now=NOW)
    assert contents(tmp_path) == made


def test_a_new_host_gets_a_new_certificate(tmp_path: Path) -> None:
    ensure_pair(tmp_path, "127.0.0.1", now=NOW)
    ensure_pair(tmp_path, "stock.example", now=NOW)
    assert "stock.example" in names_in(tmp_path)


def test_a_host_that_no_certificate_can_name_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ASCII"):
        ensure_pair(tmp_path, "lägér", now=NOW)


@pytest.mark.parametrize(
    ("days", "renewed"), [(0, False), (366, False), (368, True), (500, True), (-1, True)]
)
def test_our_certificate_is_renewed_before_its_last_thirty_days(
    tmp_path: Path, days: int, renewed: bool
) -> None:
    ensure_pair(tmp_path, "127.0.0.1", now=NOW)
    first = contents(tmp_path)
    pair = ensure_pair(tmp_path, "127.0.0.1", now=NOW + days * DAY)
    assert (contents(tmp_path)["cert.pem"] != first["cert.pem"]) == renewed
    assert contents(tmp_path)["key.pem"] == first["key.pem"]
    assert certificate_in(tmp_path).not_valid_before_utc == (NOW + days * DAY if renewed else NOW)
    assert_serves(pair)


def cut(name: str, keep: int | None) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        if keep is None:
            (folder / name).unlink()
        else:
            (folder / name).write_bytes((folder / name).read_bytes()[:keep])

    return damage


@pytest.mark.parametrize("name", ["key.pem", "cert.pem"])
@pytest.mark.parametrize("keep", [None, 0, 100])
def test_a_half_written_pair_is_remade(tmp_path: Path, name: str, keep: int | None) -> None:
    ensure_pair(tmp_path, "127.0.0.1", now=NOW)
    cut(name, keep)(tmp_path / "tls")
    assert_serves(ensure_pair(tmp_path, "127.0.0.1", now=NOW))
    assert (tmp_path / "tls" / "key.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("lost", ["key.pem", "cert.pem"])
def test_a_crash_while_writing_leaves_what_the_next_start_completes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    replace = Path.replace

    def crash(self: Path, target: Path) -> Path:
        if target.name == lost:
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        ensure_pair(tmp_path, "127.0.0.1", now=NOW)
    assert lost not in contents(tmp_path)
    assert not [name for name in contents(tmp_path) if name.startswith(".")]
    monkeypatch.undo()
    assert_serves(ensure_pair(tmp_path, "127.0.0.1", now=NOW))


def test_the_pair_of_another_key_is_remade_without_losing_the_key(tmp_path: Path) -> None:
    ensure_pair(tmp_path, "127.0.0.1", now=NOW)
    ensure_pair(tmp_path / "other", "127.0.0.1", now=NOW)
    stranger = (tmp_path / "other" / "tls" / "key.pem").read_bytes()
    (tmp_path / "tls" / "key.pem").write_bytes(stranger)
    assert_serves(ensure_pair(tmp_path, "127.0.0.1", now=NOW))
    assert contents(tmp_path)["key.pem"] == stranger


def test_a_key_that_others_could_read_is_closed(tmp_path: Path) -> None:
    pair = ensure_pair(tmp_path, "127.0.0.1", now=NOW)
    pair.key.chmod(0o644)
    ensure_pair(tmp_path, "127.0.0.1", now=NOW)
    assert pair.key.stat().st_mode & 0o777 == 0o600


def test_an_operators_pair_is_left_alone(tmp_path: Path) -> None:
    operators_pair(tmp_path, ends=NOW + 2 * DAY)
    placed = contents(tmp_path)
    assert_serves(ensure_pair(tmp_path, "stock.example", now=NOW))
    assert contents(tmp_path) == placed


def no_key(data: Path) -> None:
    (data / "tls" / "key.pem").unlink()


def no_certificate(data: Path) -> None:
    (data / "tls" / "cert.pem").unlink()


def another_key(data: Path) -> None:
    ensure_pair(data / "other", "127.0.0.1", now=NOW)
    (data / "other" / "tls" / "key.pem").replace(data / "tls" / "key.pem")


def locked_key(data: Path) -> None:
    operators_pair(data, password=b"locked")


def expired(data: Path) -> None:
    operators_pair(data, ends=NOW)


def not_pem(data: Path) -> None:
    (data / "tls" / "cert.pem").write_bytes(b"\x30\x82DER")


def link_to_nothing(data: Path) -> None:
    no_certificate(data)
    (data / "tls" / "cert.pem").symlink_to(data / "not-mounted" / "cert.pem")


@pytest.mark.parametrize(
    ("spoil", "mend"),
    [
        (no_key, "put its key at"),
        (no_certificate, "put its certificate at"),
        (another_key, "put the two that belong together"),
        (locked_key, "replace it by the key without one"),
        (expired, "expired on 2027-03-01 and is not ours to renew: replace it"),
        (not_pem, "is not a PEM certificate: replace it"),
        (link_to_nothing, "restore its target"),
    ],
)
def test_an_operators_pair_that_cannot_serve_stops_the_start_untouched(
    tmp_path: Path, spoil: Callable[[Path], None], mend: str
) -> None:
    operators_pair(tmp_path)
    spoil(tmp_path)
    placed = contents(tmp_path)
    with pytest.raises(OperationError, match=mend):
        ensure_pair(tmp_path, "127.0.0.1", now=NOW)
    assert contents(tmp_path) == placed


def test_a_certificate_that_only_borrows_our_name_is_not_ours(tmp_path: Path) -> None:
    operators_pair(tmp_path)
    authority, leaf = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    borrowed = (
        x509.CertificateBuilder(tls.OUR_NAME, tls.OUR_NAME, leaf.public_key(), 7)
        .not_valid_before(NOW)
        .not_valid_after(NOW + DAY)
        .sign(authority, hashes.SHA256())
    )
    (tmp_path / "tls" / "cert.pem").write_bytes(borrowed.public_bytes(serialization.Encoding.PEM))
    with pytest.raises(OperationError, match="belong together"):
        ensure_pair(tmp_path, "127.0.0.1", now=NOW)
