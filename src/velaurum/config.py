"""Settings: every knob of the product, read once, in one frozen value."""

import os
import stat
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from velaurum.errors import UsageError

ENVIRONMENT_PREFIX = "VELAURUM_"
SETTINGS_FILE = "velaurum.toml"
HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Settings:
    """What one process was told; docs/reference/settings.md explains each field."""

    data_dir: Path
    database_url: str | None = None
    listen: str = "127.0.0.1:8420"
    insecure_http: bool = False
    pg_bin: Path | None = None
    url: str | None = None
    token: str | None = None
    org: str | None = None
    public_url: str | None = None
    log_name: str | None = None
    witnesses: Path | None = None
    timestamp_authority: str | None = None
    timestamp_ca: Path | None = None
    verify_every: str = "24h"
    worker: str = "here"
    light_jobs: str = "4"
    heavy_jobs: str = "1"
    job_lease: str = "30s"
    remind_approvals_after: str = "24h"
    remind_tokens_before: str = "7d"
    keep_jobs: str = "90d"
    keep_deliveries: str = "90d"
    keep_dead_letters: str = "60d"
    keep_inbox: str = "90d"
    keep_exports: str = "7d"
    keep_backups: str = "35d"
    metrics_listen: str | None = None
    transport: str = "postgresql"
    servicebus_namespace: str | None = None
    servicebus_queue: str = "events"
    servicebus_identity: str = "managed"
    servicebus_development: bool = False
    key_provider: str = "local"
    pkcs11_module: Path | None = None
    pkcs11_token: str | None = None
    pkcs11_pin: str | None = None
    azure_vault: str | None = None
    azure_vault_identity: str = "managed"
    azure_vault_keys: str | None = None
    azure_vault_development: bool = False
    held_keys: Path | None = None
    key_networks: str | None = None
    session_idle: str = "30m"
    session_life: str = "12h"
    provider_networks: str | None = None
    webhook_networks: str | None = None
    rate_credential: str = "6000/second"
    rate_org: str = "12000/second"
    rate_address: str = "300/minute"
    rate_failed: str = "20/minute"
    trusted_proxies: str | None = None
    mode: str = "auto"
    database_password: str | None = None

    @property
    def host_and_port(self) -> tuple[str, int]:
        host, _, port = self.listen.rpartition(":")
        if not host or not port.isdigit() or int(port) > HIGHEST_PORT:
            raise UsageError(f"listen is {self.listen!r}; write HOST:PORT, for example 127.0.0.1:8420.")
        return host.strip("[]"), int(port)


def load(
    flags: Mapping[str, Any] | None = None,
    *,
    environ: Mapping[str, str] = os.environ,
    directory: Path | None = None,
) -> Settings:
    """Flag, then `VELAURUM_*`, then `velaurum.toml` in the working directory, then the default."""
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    filed = _read_file((directory or Path.cwd()) / SETTINGS_FILE)
    values: dict[str, Any] = {"data_dir": default_data_dir(environ)}
    for name in (field.name for field in fields(Settings)):
        variable = environ.get(ENVIRONMENT_PREFIX + name.upper())
        for candidate in (given.get(name), variable, filed.get(name)):
            if candidate not in (None, ""):
                values[name] = _typed(name, candidate)
                break
    return Settings(**values)


def default_data_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the user's data directory for this platform; for root, a system directory."""
    if sys.platform != "win32" and os.geteuid() == 0:
        return Path("/var/lib/velaurum")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "velaurum"
    return Path(environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "velaurum"


def _read_file(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            _require_trusted(path, os.fstat(file.fileno()))
            values = tomllib.load(file)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as TOML: {error}.") from error
    unknown = sorted(values.keys() - {field.name for field in fields(Settings)})
    if unknown:
        raise UsageError(f"{path} has a setting that does not exist: {unknown[0]}.")
    return values


def _require_trusted(path: Path, status: os.stat_result) -> None:
    """Refuse a settings file that somebody else wrote: it names programs to run and servers to trust."""
    if sys.platform == "win32":
        return
    if status.st_uid not in (0, os.geteuid()) or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UsageError(f"{path} can be written by somebody else; own it, and let nobody else write it.")


def _typed(name: str, value: Any) -> Any:
    if name in ("data_dir", "pg_bin", "witnesses", "timestamp_ca", "pkcs11_module", "held_keys"):
        return Path(value).expanduser().absolute()
    if name in ("insecure_http", "servicebus_development", "azure_vault_development"):
        if isinstance(value, bool) or str(value).lower() in ("0", "1", "false", "true"):
            return str(value).lower() in ("1", "true")
        raise UsageError(f"{name} is {value!r}; write true or false.")
    return str(value)
