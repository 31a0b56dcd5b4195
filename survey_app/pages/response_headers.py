"""Headers for every answer, whoever made it: pages, files, events, errors."""

from base64 import b64encode
from collections.abc import Awaitable, Callable
from hashlib import sha256

from litestar.types import Message, Scope

EVERYWHERE = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",  # for browsers too old for frame-ancestors
}
"""What an answer carries that says nothing else under the same name; the policy lets nothing run or load."""

TOO_MANY = 429
AGAIN = (b"retry-after", b"5")
"""What who came too often is told, in seconds: all our limits leave room again by then."""
OVER_TLS = {"Strict-Transport-Security": "max-age=31536000"}
Hook = Callable[[Message, Scope], Awaitable[None]]


def page_headers(css: str, script: str, *, sounds: str) -> dict[str, str]:
    """The headers of a page that holds this style sheet and this script, and may run no other but what we serve.

    `sounds` says where its sounds come from: 'self', or blob: for those that a script unpacked.
    """
    return {
        "Content-Security-Policy": f"default-src 'none'; style-src {hash_source(css)}; "
        f"script-src {hash_source(script)} 'self'; media-src {sounds}; "
        "connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        "Cache-Control": "no-store",
    }


def complete_headers(secure: bool) -> Hook:
    """The last look at an answer before it leaves: what it does not say by itself is added."""
    wanted = EVERYWHERE | (OVER_TLS if secure else {})
    coded = {name.lower().encode(): value.encode() for name, value in wanted.items()}

    async def complete(message: Message, _: Scope) -> None:
        if message["type"] == "http.response.start":
            said = dict(message["headers"])
            again = [AGAIN] if message["status"] == TOO_MANY else []
            message["headers"] = [*message["headers"], *((key, coded[key]) for key in coded if key not in said), *again]

    return complete


def hash_source(source: str) -> str:
    """A style sheet or a script as a policy names it."""
    return f"'sha256-{b64encode(sha256(source.encode()).digest()).decode()}'"
