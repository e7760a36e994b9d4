"""Settings come from the environment; one that is wrong is said by name, all of them at once.

On a developer's machine devstack writes them to ``.devstack/env``; what the environment does not
say is taken from the nearest such file, in this folder or one above.
"""

import re
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

DEVSTACK_ENV = Path(".devstack/env")


def _host_ports(value: str) -> str:
    if not re.fullmatch(r"[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*", value):
        raise ValueError("not host:port, nor several of them with commas between")
    return value


def _postgres_url(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"postgres(ql)?://\S+", value.get_secret_value()):
        raise ValueError("not postgresql://user:password@host:port/database")
    return value


HostPorts = Annotated[str, AfterValidator(_host_ports)]
PostgresUrl = Annotated[SecretStr, AfterValidator(_postgres_url)]


class Settings(BaseSettings):
    """What every service needs to know; a service adds its own fields in a subclass.

    Each field is the environment variable of its name in capitals. Give a field ``examples`` and
    the message about a missing one shows the first. A secret is a ``SecretStr``.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    kafka_bootstrap: HostPorts = Field(examples=["127.0.0.1:9092"])
    database_url: PostgresUrl = Field(examples=["postgresql://ordersync@127.0.0.1:5432/ordersync"])
    topic_prefix: str = ""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    health_host: str = "127.0.0.1"
    health_port: int = Field(default=0, ge=0, le=65535)
    """Where health and metrics are served; 0: nowhere."""


class SettingsInvalid(Exception):
    """Settings are missing or malformed; the text names every one, and no value."""

    safe = True
    exit_code = 2

    def __init__(self, problems: tuple[str, ...], devstack_env: Path | None) -> None:
        self.problems = problems
        source = (
            f"read from the environment and {devstack_env}"
            if devstack_env
            else f"read from the environment; no {DEVSTACK_ENV} here or in a folder above"
            " (`devstack up` writes it)"
        )
        super().__init__(f"settings ({source}):\n" + "\n".join(f"  {line}" for line in problems))


SettingsT = TypeVar("SettingsT", bound=BaseSettings)


def load(settings: type[SettingsT], start: Path | None = None) -> SettingsT:
    """The settings, from the environment, else from the nearest ``.devstack/env``.

    Looks for the file in ``start`` (default: the working directory) and its parents.
    Raises SettingsInvalid with everything that is wrong.
    """
    devstack_env = _nearest(start or Path.cwd())
    try:
        return settings(_env_file=devstack_env)
    except ValidationError as error:
        raise SettingsInvalid(_problems(settings, error), devstack_env) from None


def load_or_exit(settings: type[SettingsT]) -> SettingsT:
    """As ``load``; what is wrong goes to stderr and the process ends with its ``exit_code``."""
    try:
        return load(settings)
    except SettingsInvalid as invalid:
        sys.stderr.write(f"{invalid}\n")
        sys.exit(invalid.exit_code)


def _nearest(start: Path) -> Path | None:
    folders = (start, *start.parents)
    return next((f / DEVSTACK_ENV for f in folders if (f / DEVSTACK_ENV).is_file()), None)


def _problems(settings: type[BaseSettings], error: ValidationError) -> tuple[str, ...]:
    details = error.errors(include_input=False, include_url=False, include_context=False)
    return tuple(
        f"{'.'.join(map(str, detail['loc'])).upper() or 'together'}: "
        f"{_wrong(detail['type'], detail['msg'])}{_example(settings, detail['loc'])}"
        for detail in details
    )


def _wrong(kind: str, message: str) -> str:
    return "missing" if kind == "missing" else message.removeprefix("Value error, ")


def _example(settings: type[BaseSettings], loc: tuple[Any, ...]) -> str:
    field = settings.model_fields.get(str(loc[0])) if loc else None
    return f" (example: {field.examples[0]})" if field is not None and field.examples else ""
