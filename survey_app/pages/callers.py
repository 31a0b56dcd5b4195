"""Who calls: the one reading of where a request comes from, also behind web servers and balancers."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from survey_app.core.settings import LOOPBACK

Address = IPv4Address | IPv6Address
Heads = Mapping[bytes, bytes]
STATE = "proxies"
"""Under which name the application's state has the networks whose word is taken (`Settings.proxies`)."""
IN_DOUBT = "in doubt"
"""The key of everybody of whom a trusted proxy tells two things or nothing readable: they share one limit."""
HOME = 64
"""Bits of an IPv6 address that its owner did not choose: whoever has one has all of its 2**64 neighbours."""
REMEMBERED = 4096


def read_heads(scope: Mapping[str, Any]) -> Heads:
    """The heads of an ASGI request; what stands on several lines is one list (RFC 9110 5.3), of cookies too."""
    heads: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        told = heads.get(name)
        heads[name] = value if told is None else told + (b"; " if name == b"cookie" else b",") + value
    return heads


def find_caller(scope: Mapping[str, Any], heads: Heads) -> Address | None:
    """The address a request comes from; None where that is in doubt or no address."""
    return _follow(*_read_steps(scope, heads))


def find_limit_key(scope: Mapping[str, Any], heads: Heads) -> str:
    """What limits count by: an IPv4 address, the /64 of an IPv6 one, IN_DOUBT; "" for the server's own calls."""
    return _key_of(*_read_steps(scope, heads))


def _read_steps(scope: Mapping[str, Any], heads: Heads) -> tuple[str, str, str, bool, tuple[str, ...]]:
    client = scope["client"]
    return (
        client[0] if client else "",
        heads.get(b"x-real-ip", b"").decode("latin-1"),
        heads.get(b"x-forwarded-for", b"").decode("latin-1"),
        b"forwarded" in heads,
        tuple(scope["litestar_app"].state.get(STATE, LOOPBACK)),
    )


@lru_cache(maxsize=REMEMBERED)
def _key_of(peer: str, real: str, forwarded: str, otherwise: bool, proxies: tuple[str, ...]) -> str:
    caller = _follow(peer, real, forwarded, otherwise, proxies)
    return IN_DOUBT if caller is None else name_limit_key(caller)


def name_limit_key(caller: Address) -> str:
    """The key of one address, "" for the server's own.

    >>> name_limit_key(ip_address("2001:db8:1:2:3:4:5:6")), name_limit_key(ip_address("203.0.113.7"))
    ('2001:db8:1:2::/64', '203.0.113.7')
    """
    if caller.is_loopback:
        return ""
    if isinstance(caller, IPv6Address):
        return str(ip_network((int(caller) >> HOME << HOME, HOME)))
    return str(caller)


def name_network(limit_key: str) -> str:
    """The address prefix behind a limit key: /24 of IPv4, /64 of IPv6; "" for the server's own calls.

    >>> name_network("203.0.113.7"), name_network("2001:db8:1:2::/64"), name_network(IN_DOUBT), name_network("")
    ('203.0.113', '2001:db8:1:2::/64', 'in doubt', '')
    """
    return limit_key.rpartition(".")[0] or limit_key


@lru_cache(maxsize=REMEMBERED)
def _follow(peer: str, real: str, forwarded: str, otherwise: bool, proxies: Sequence[str]) -> Address | None:
    """Back from the peer over the proxies that are trusted to the first that is not: nobody vouches for more.

    X-Real-IP tells of the last step, X-Forwarded-For of all. Where they tell two things of the same step, one was
    sent by the caller, who could be anybody.
    """
    address = read_address(peer)
    if address is None or not _is_trusted(address, proxies):
        return address
    steps = [read_address(step) for step in reversed(forwarded.split(","))] if forwarded else []
    if real:
        told = read_address(real)
        steps = steps or [told]
        if told != steps[0] and not (told is not None and _is_trusted(told, proxies)):
            return None
    if not steps:
        return None if otherwise else address
    return next((step for step in steps if step is None or not _is_trusted(step, proxies)), steps[-1])


def read_address(text: str) -> Address | None:
    """An address as proxies write it, with or without a port; an IPv4 address in IPv6's clothes is itself.

    >>> read_address(" 203.0.113.7:4711 "), read_address("[2001:db8::1]:443"), read_address("::ffff:10.0.0.1")
    (IPv4Address('203.0.113.7'), IPv6Address('2001:db8::1'), IPv4Address('10.0.0.1'))
    >>> read_address("unknown")
    """
    bare = text.strip().rpartition("]")[0].lstrip("[") or text.strip()
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_trusted(address: Address, proxies: Sequence[str]) -> bool:
    return any(address in ip_network(network) for network in proxies)
