"""Every setting Baton has: one table of name, default and help.

Read from the environment (``BATON_…``), then ``baton.toml``, then the defaults. ``baton doctor`` prints the
effective values; the command line's help and the docs are made from this table. The only module that reads
``os.environ``.
"""

import os
import re
from difflib import get_close_matches
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from schemas.errors import Stop

TOML_NAME = "baton.toml"


DEFAULT_WORKER = "worker-1"


class Settings(BaseSettings):
    """Effective settings of one process."""

    model_config = SettingsConfigDict(env_prefix="BATON_", extra="forbid", frozen=True)

    home: Path = Field(Path(".baton"), description="Directory of this installation: logs, state, local broker and warehouse.")
    cache: Path = Field(
        Path("~/.cache/baton"), description="Downloads shared by all homes: broker jars, formatted storage, JVM archive."
    )
    kafka: str | None = Field(None, description="host:port of a Kafka broker you run. Unset: a local broker is started.")
    clickhouse: str | None = Field(
        None, description="http(s)://host:port of a ClickHouse server you run. Unset: the local engine is started."
    )
    clickhouse_user: str = Field("baton", description="Account for ClickHouse.")
    clickhouse_password_file: Path | None = Field(
        None, description="File that holds the password of that account, such as a container's secret; instead of the next."
    )
    clickhouse_password: SecretStr = Field(SecretStr(""), validate_default=True, description="Password of that account.")
    clickhouse_database: str = Field(
        "baton", description="Database of the views for readers; tables are in the one with _private behind it."
    )

    time: Literal["live", "log"] = Field(
        "live",
        description="live: a clock ticks with the wall. log: replayed history brings its own. Settled when the home is made.",
    )
    tick_ms: int = Field(1000, ge=250, le=60_000, description="Grid of the live clock, in milliseconds.")
    time_zone: str = Field(
        "UTC",
        description="The organisation's time zone; decides local months. A constant of the generation: its record holds.",
    )
    horizon_days: int = Field(
        400,
        ge=1,
        le=4000,
        description="Append-time days a closed item stays revivable. A constant of the generation: its record holds.",
    )

    events_partitions: int = Field(3, ge=1, le=512, description="Partitions of baton.events.v1 when it is first created.")
    facts_partitions: int = Field(3, ge=1, le=512, description="Partitions of baton.facts.v1 when it is first created.")
    contributions_partitions: int = Field(
        3, ge=1, le=512, description="Partitions of baton.contributions.v1 and baton.scores.v1 when they are first created."
    )
    replication_factor: int = Field(1, ge=1, le=9, description="Copies of each topic partition.")
    events_retention_days: int = Field(400, ge=1, description="How long Kafka keeps baton.events.v1.")

    worker: str = Field(
        DEFAULT_WORKER, pattern=r"^[a-z0-9-]{1,40}$", description="Stable name of this worker (static membership)."
    )
    session_seconds: int = Field(
        20, ge=6, le=300, description="How long the group waits for a silent worker before others take its partitions."
    )
    state_url: str | None = Field(
        None, description="Where snapshots of the workers' state go (fsspec URL). Unset: HOME/copies."
    )
    copy_seconds: int = Field(300, ge=5, description="Seconds between two snapshots of a partition's state.")
    hot_items: int = Field(100_000, ge=100, description="Work items a worker keeps unpacked in memory.")
    poll_records: int = Field(20_000, ge=100, description="Most records handled in one batch.")

    dead_letter_share: float = Field(
        0.5, gt=0, le=1, description="A source is in trouble when more than this share of 2,000 of its records was parked."
    )
    dead_letter_run: int = Field(
        500,
        ge=1,
        description="Or when this many of its records in a row were parked. Where all sources are, the worker stops.",
    )

    sink_rows: int = Field(50_000, ge=1, le=1_000_000, description="Most rows in one insert.")
    wait_seconds: int = Field(600, ge=1, description="How long `baton wait` waits before it says what lags.")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What the processes log.")

    @property
    def private_database(self) -> str:
        """Database of all tables, single votes among them."""
        return f"{self.clickhouse_database}_private"

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(
                "no such time zone; a name like Europe/Berlin or UTC, and if it is right, install tzdata"
            ) from error
        return name

    @field_validator("clickhouse_password")
    @classmethod
    def _from_file(cls, password: SecretStr, info: ValidationInfo) -> SecretStr:
        file: Path | None = info.data.get("clickhouse_password_file")
        if file is None:
            return password
        if password.get_secret_value():
            raise ValueError("given twice, here and by clickhouse_password_file; leave one of them out")
        return secret_in(file)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags of the command line first, then the environment, then ``baton.toml`` of the working directory."""
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls, Path(TOML_NAME)))


def secret_in(file: Path) -> SecretStr:
    """The secret a file holds, without the end of its line. Raises ``ValueError`` when it can't be read or holds nothing."""
    try:
        secret = file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise ValueError(f"the file {file} can't be read: {why}; name one that this user may read") from error
    if not secret:
        raise ValueError(f"the file {file} is empty; write the password into it")
    return SecretStr(secret)


def masked(value: object) -> str:
    """A setting as it may be printed: of an address not the name and password before its @. A path stays as it is."""
    if isinstance(value, Path):
        return str(value)
    return re.sub("//.*@", "//****@", str(value)) if "://" in str(value) else re.sub("[^,]*@", "****@", str(value))


def place_of(name: str) -> str:
    """Where a setting that was given is given, by the order of precedence but for flags, which are the caller's own."""
    variable = f"BATON_{name.upper()}"
    if any(key.upper() == variable for key in os.environ):
        return f"{variable} in the environment"
    in_file = TomlConfigSettingsSource(Settings, Path(TOML_NAME))()
    return f"{name} in {Path(TOML_NAME).absolute()}" if name in in_file else f"{name}, as this command was called,"


def child_environment(**extra: str) -> dict[str, str]:
    """This process's environment with some names set, for a process it starts."""
    return {**os.environ, **extra}


_OF_TESTS = {"BATON_TESTS_ON", "BATON_REAL_DATA"}


def _no_misspelt() -> None:
    """Raises ``Stop`` for a BATON_ variable that is no setting: it would do nothing, in silence."""
    known = {f"BATON_{name.upper()}" for name in Settings.model_fields} | _OF_TESTS
    for name in sorted(key for key in os.environ if key.startswith("BATON_") and key.upper() not in known):
        near = ", ".join(get_close_matches(name, known, 2))
        mend = f"unset it, or write {near}" if near else "unset it"
        raise Stop(f"{name} is no setting", f"{mend}; docs/settings.md lists every one")


def _got(place: tuple[int | str, ...], given: object) -> str:
    """What a wrong setting holds, unless nobody should read it over a shoulder."""
    return "" if "clickhouse_password" in place else f" (got {given!r})"


def load(**flags: object) -> Settings:
    """Settings from flags, environment, ``baton.toml`` and defaults.

    Raises ``Stop`` naming each wrong setting, what it holds and what is allowed.
    """
    _no_misspelt()
    try:
        given = {name: value for name, value in flags.items() if value is not None}
        return Settings(**given)  # type: ignore[arg-type]  # judged there
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}{_got(e['loc'], e['input'])}" for e in error.errors()]
        raise Stop(
            "wrong settings:\n    " + "\n    ".join(lines),
            f"correct BATON_<NAME> in the environment or <name> in {TOML_NAME}; `baton doctor` lists every setting",
        ) from error
    except ValueError as error:
        raise Stop(f"{TOML_NAME} can't be read: {error}", "it must be TOML, one `name = value` a line") from error
