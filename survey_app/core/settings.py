"""Settings: the folder of the store and the environment's few variables."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from survey_app.core.database_words import say_database
from survey_app.core.errors import SurveyError

SIX_MONTHS = 184  # July to December: the longest six months there are
DATABASES = ("sqlite", "postgresql+psycopg")
IN_MEMORY = re.compile(":memory:|mode=memory")
"""What of an SQLite address keeps nothing."""
BEIJING = timezone(timedelta(hours=8))
MINUTE = "%Y-%m-%d %H:%M"
"""How a moment is written in the log and typed on pages."""
HIGHEST_PORT = 65_535
LOOPBACK = ("127.0.0.0/8", "::1/128")


@dataclass(frozen=True)
class Settings:
    """Where the store is and under which address people reach it.

    `hosts`: the only names it answers to, if any; `proxies`: networks of web servers and balancers in front, whose
    word on who calls is taken.
    """

    folder: Path
    database_url: str
    public_url: str
    hosts: tuple[str, ...] = ()
    metrics_from: tuple[str, ...] = LOOPBACK
    proxies: tuple[str, ...] = LOOPBACK
    log_days: int = SIX_MONTHS

    @property
    def keys(self) -> Path:
        """The folder of the rounds' keys: outside the database and every backup."""
        return self.folder / "keys"

    @property
    def secure(self) -> bool:
        """Whether people come over TLS, so that cookies must not travel without it."""
        return self.public_url.startswith("https://")

    @property
    def only_here(self) -> bool:
        """Whether the address that is printed reaches this machine alone, so that no phone opens it."""
        name = urlsplit(self.public_url).hostname or ""
        return name in ("localhost", "0.0.0.0", "::", "::1") or bool(re.fullmatch(r"127(\.[0-9]+){3}", name))


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings that the environment makes, as README lists them; raises SurveyError for one that means nothing."""
    folder = Path(environment.get("SURVEY_DIR", "data"))
    public_url = environment.get("SURVEY_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
    if not _is_web_address(public_url):
        raise SurveyError("SURVEY_PUBLIC_URL 要写完整的网址，例如 https://survey.example.cn。")
    return Settings(
        folder=folder,
        database_url=_read_database(environment.get("SURVEY_DATABASE_URL", "")) or f"sqlite:///{folder / 'survey.db'}",
        public_url=public_url,
        hosts=(urlsplit(public_url).netloc, *environment.get("SURVEY_HOSTS", "").replace(" ", "").split(",")),
        metrics_from=_read_networks(environment, "SURVEY_METRICS_FROM") or Settings.metrics_from,
        proxies=LOOPBACK + _read_networks(environment, "SURVEY_PROXIES"),
        log_days=_read_days(environment.get("SURVEY_LOG_DAYS", "")) or Settings.log_days,
    )


def _is_web_address(url: str) -> bool:
    try:
        address = urlsplit(url)
        return address.scheme in ("http", "https") and bool(address.hostname) and address.port != 0
    except ValueError:  # a bracket left open, a port that is no number
        return False


def _read_database(url: str) -> str:
    """The address as it is; the sentence never quotes it, since it may hold a password."""
    if fault := url and _find_fault(url):
        raise SurveyError(say_database(fault))
    return url


def _find_fault(url: str) -> str:
    """What is wrong with a database's address, by the name of its sentence; "" for nothing."""
    kind, _, where = url.partition("://")
    if kind not in DATABASES or where in ("", "/") or IN_MEMORY.search(where):
        return "unsupported"
    if kind != "sqlite" and where.count("@") > 1:
        return "unencoded"
    address = _read_address(url)
    if address is None or (kind == "sqlite" and (address.host or not address.database)):
        return "unsupported"
    if kind == "sqlite":
        return "sqlite_options" if "?" in where else ""
    return "" if _has_ports(address) else "wrong_port"


def _read_address(url: str) -> URL | None:
    try:
        return make_url(url)
    except (ArgumentError, ValueError):  # ValueError: a port that is no number
        return None


def _has_ports(address: URL) -> bool:
    """Whether the ports that an address names can be ports."""
    ports = [] if address.port is None else [str(address.port)]
    for written in address.normalized_query.get("port", ()):
        ports += written.split(",")
    return all(port.isascii() and port.isdecimal() and 0 < int(port) <= HIGHEST_PORT for port in ports)


def _read_networks(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    written = environment.get(name, "").split(",")
    try:
        return tuple(str(ip_network(network.strip())) for network in written if network.strip())
    except ValueError:
        raise SurveyError(f"{name} 应为用逗号分开的地址或网段，例如 127.0.0.1,10.1.0.0/16。") from None


def _read_days(text: str) -> int:
    if text and not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise SurveyError("SURVEY_LOG_DAYS 应为天数，例如 184。")
    return int(text or 0)


def beijing_now() -> datetime:
    """The time on the wall: every time in the store and on a page is Beijing time without a zone."""
    return datetime.now(BEIJING).replace(tzinfo=None)
