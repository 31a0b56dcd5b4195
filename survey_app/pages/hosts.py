"""Under which names the service answers: on any other name it could be taken for somebody else's."""

import re
from collections.abc import Callable, Collection
from functools import lru_cache
from ipaddress import ip_address

from litestar.types import ASGIApp, Receive, Scope, Send

from survey_app.core.errors import SurveyError

HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^\s:/@\[\]]+)(?::[0-9]{1,5})?")
OURSELVES = "localhost"
REMEMBERED = 64
Guarded = Callable[[ASGIApp], ASGIApp]


class MisdirectedError(SurveyError):
    """The request was for another name than ours."""

    status = 421


def guard_hosts(hosts: Collection[str]) -> Guarded:
    """Refuses what was sent to none of these names; whoever looked a name up once need not again.

    A middleware and no guard: Litestar copies a handler for each guard that looks at a request.
    """
    names = frozenset(filter(None, map(read_host, hosts)))

    @lru_cache(REMEMBERED)
    def is_ours(host: bytes) -> bool:
        return is_served(host.decode("latin-1"), names)

    def wrap(app: ASGIApp) -> ASGIApp:
        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            asked = [value for name, value in scope["headers"] if name == b"host"]
            if len(asked) != 1 or not is_ours(asked[0]):
                raise MisdirectedError("这个网址不是本服务的网址，请用通知上的网址打开。")
            await app(scope, receive, send)

        return guarded

    return wrap


def is_served(host: str, names: Collection[str]) -> bool:
    """Whether a Host header names one of `names`, or this machine itself; the port does not matter.

    Where people come by an IP address, any will do: a machine has several, and no other site can have one as
    its name.

    >>> is_served("Survey.Example.CN.:8443", {"survey.example.cn"}), is_served("[::1]:8000", {"survey.example.cn"})
    (True, True)
    >>> is_served("192.168.1.5:8000", {"0.0.0.0"}), is_served("192.168.1.5:8000", {"survey.example.cn"})
    (True, False)
    """
    name = read_host(host)
    if name in names or name == OURSELVES:
        return bool(name)
    if not _is_number(name):
        return False
    return ip_address(name).is_loopback or any(known == OURSELVES or _is_number(known) for known in names)


def read_host(host: str) -> str:
    """The name in a Host header or an address, as a browser sends it; nothing if it is none.

    >>> read_host("EXAMPLE.cn.:80"), read_host("[::1]:8000"), read_host("调查.中国"), read_host("a@b")
    ('example.cn', '::1', 'xn--jvvw71f.xn--fiqs8s', '')
    """
    found = HOST.fullmatch(host.lower())
    try:
        return found[1].strip("[]").removesuffix(".").encode("idna").decode() if found else ""
    except UnicodeError:
        return ""


def _is_number(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
