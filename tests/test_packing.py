"""A number put into a packed page gives the page with that number, to every unpacker."""

import gzip
import secrets
import zlib

import brotli
import pytest

from survey_app.pages.packing import HOLE, Filled, pack

WORDS = "请如实填写，任何人不得要求您怎么选。不满意 基本满意 非常满意 "
PAGES = [
    (b"<p>", b"</p>"),
    (b"", b""),
    ((WORDS * 40).encode(), (WORDS * 900).encode()),
    (secrets.token_hex(40_000).encode(), (WORDS * 10).encode() + secrets.token_hex(30_000).encode()),
]


@pytest.mark.parametrize(("before", "after"), PAGES)
@pytest.mark.parametrize(("size", "closing"), [(32, b'">'), (29, b"</")])
def test_every_unpacker_gets_the_page_with_its_number(before: bytes, after: bytes, size: int, closing: bytes) -> None:
    pieces = pack(before + HOLE[:size] + closing + after, size)
    for number in [secrets.token_hex(16)[:size].encode() for _ in range(20)] + [b"0" * size, b'">' * 16]:
        number = number[:size].ljust(size, b"0")
        page = Filled(pieces, number)
        wanted = before + number + closing + after
        assert page.plain == wanted
        assert gzip.decompress(page.gzip) == wanted
        assert brotli.decompress(page.br) == wanted
        assert zlib.decompressobj(31).decompress(page.gzip) == wanted


def test_the_hole_costs_few_bytes() -> None:
    page = (WORDS * 40).encode() + HOLE + b'">' + (WORDS * 400).encode()
    filled = Filled(pack(page, 32), secrets.token_hex(16).encode())
    assert len(filled.gzip) - len(gzip.compress(page, 9)) < 80
    assert len(filled.br) - len(brotli.compress(page, quality=9)) < 80


def test_a_page_without_a_hole_is_refused() -> None:
    for page in (b"<p>", HOLE, HOLE + b">"):
        with pytest.raises(ValueError, match="without a hole"):
            pack(page, 32)
