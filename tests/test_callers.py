import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient
from sqlalchemy import Engine

from survey_app.core.errors import SurveyError
from survey_app.core.settings import LOOPBACK, Settings, read_settings
from survey_app.pages.callers import IN_DOUBT, _follow, name_limit_key
from survey_app.pages.rate_limits import GUESSES
from tests.conftest import build_phones

BALANCER = "10.9.0.1"
PROXIES = (*LOOPBACK, "10.9.0.0/24")
WEB = "127.0.0.1"
Headers = dict[str, str]


def key(peer: str, *, real: str = "", forwarded: str = "", otherwise: bool = False) -> str:
    caller = _follow(peer, real, forwarded, otherwise, PROXIES)
    return IN_DOUBT if caller is None else name_limit_key(caller)


@pytest.mark.parametrize(
    ("peer", "headers", "wanted"),
    [
        ("203.0.113.7", {}, "203.0.113.7"),
        ("203.0.113.7", {"real": "198.51.100.1", "forwarded": "198.51.100.2"}, "203.0.113.7"),
        (WEB, {}, ""),
        (WEB, {"real": "203.0.113.7"}, "203.0.113.7"),
        (WEB, {"forwarded": "203.0.113.7"}, "203.0.113.7"),
        (WEB, {"forwarded": "198.51.100.1, 203.0.113.7"}, "203.0.113.7"),
        (WEB, {"real": BALANCER, "forwarded": "203.0.113.7"}, "203.0.113.7"),
        (WEB, {"real": BALANCER, "forwarded": f"203.0.113.7, {BALANCER}"}, "203.0.113.7"),
        (BALANCER, {"forwarded": "203.0.113.7:50211"}, "203.0.113.7"),
        (BALANCER, {"forwarded": "[2001:db8::1]:443"}, "2001:db8::/64"),
        (BALANCER, {}, BALANCER),
        (f"::ffff:{BALANCER}", {"forwarded": "::ffff:203.0.113.7"}, "203.0.113.7"),
        (WEB, {"forwarded": "unknown"}, IN_DOUBT),
        (WEB, {"otherwise": True}, IN_DOUBT),
        ("not an address", {}, IN_DOUBT),
    ],
)
def test_the_word_of_trusted_proxies_is_followed_back_to_the_first_that_is_not_one(
    peer: str, headers: Headers, wanted: str
) -> None:
    assert key(peer, **headers) == wanted  # type: ignore[arg-type]


@pytest.mark.parametrize("number", range(3))
def test_who_invents_a_header_that_a_proxy_passes_on_gains_no_address_of_their_own(number: int) -> None:
    invented = f"198.51.100.{number}"
    assert key(WEB, real=invented, forwarded="203.0.113.7") == IN_DOUBT
    assert key(WEB, real="203.0.113.7", forwarded=invented) == IN_DOUBT
    assert key(WEB, forwarded=f"{invented}, 203.0.113.7") == "203.0.113.7"
    assert key(WEB, real=BALANCER, forwarded=f"{invented}, 203.0.113.7") == "203.0.113.7"


def count_admitted(engine: Engine, folder: Path, peers: Sequence[str], header: Callable[[int], Headers]) -> int:
    """How many of so many guesses at short codes were looked up and not slowed, guess by guess from the next peer."""
    app = build_phones(Settings(folder, "", "http://testserver", proxies=PROXIES), engine)

    async def guess_all() -> int:
        admitted = 0
        async with app.lifespan():
            for number, peer in enumerate(peers):
                front = ASGITransport(app=app, client=(peer, 1))  # type: ignore[arg-type]
                async with AsyncClient(transport=front, base_url="http://testserver", headers=header(number)) as client:
                    admitted += (await client.get("/q/12345678")).status_code == 404
        return admitted

    return asyncio.run(guess_all())


def test_behind_a_balancer_a_county_is_not_one_address(sqlite_engine: Engine, tmp_path: Path) -> None:
    people = GUESSES[0] + 5
    counted = count_admitted(
        sqlite_engine, tmp_path, [BALANCER] * people, lambda number: {"x-forwarded-for": f"203.0.113.{number}"}
    )

    assert counted == people


def test_all_addresses_of_one_ipv6_network_are_one(sqlite_engine: Engine, tmp_path: Path) -> None:
    peers = [f"2001:db8:1:2::{number:x}" for number in range(1, GUESSES[0] + 6)]

    assert count_admitted(sqlite_engine, tmp_path, peers, lambda _: {}) == GUESSES[0]


@pytest.mark.parametrize("header", ["x-forwarded-for", "x-real-ip", "forwarded"])
def test_a_proxy_that_names_callers_in_one_header_alone_is_no_way_around_the_limits(
    sqlite_engine: Engine, tmp_path: Path, header: str
) -> None:
    counted = count_admitted(sqlite_engine, tmp_path, [WEB] * (GUESSES[0] + 5), lambda _: {header: "203.0.113.7"})

    assert counted == GUESSES[0]


def test_proxies_are_set_by_networks_beside_this_machine() -> None:
    assert read_settings({}).proxies == LOOPBACK
    assert read_settings({"SURVEY_PROXIES": "10.9.0.1, 2001:db8::/48"}).proxies == (
        *LOOPBACK,
        "10.9.0.1/32",
        "2001:db8::/48",
    )
    with pytest.raises(SurveyError, match="SURVEY_PROXIES 应为"):
        read_settings({"SURVEY_PROXIES": "the balancer"})
