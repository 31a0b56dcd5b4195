"""Pages packed once with a hole: a number is put in without packing the rest again."""

import re
import zlib
from typing import NamedTuple

import brotli

HOLE = bytes(range(1, 32)) + b"\x7f"
"""What stands in a drawn page where a number comes: its first bytes, all different, in no page and in no word list."""
CLOSING = 2
"""So many bytes after the hole are not packed, so that the packer of what comes then knows its last bytes."""
LEVELS = range(3, 10)
"""zlib's memory levels: how long a block is that gets a code of its own; the best is found by trying."""
PARTS = re.compile(rb"(?=</style>|<script>)")
"""Where a page's letters become others: styles, words and script each get codes of their own."""
_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"
_WINDOW = 32 * 1024


class Pieces(NamedTuple):
    """What is before and after the number, in each way a browser may ask for it; `size` bytes of number."""

    size: int
    plain: tuple[bytes, bytes]
    gzip: tuple[bytes, bytes]
    br: tuple[bytes, bytes]
    before: int
    length: int


class Filled(NamedTuple):
    """A packed page and the number in its hole."""

    pieces: Pieces
    number: bytes

    @property
    def plain(self) -> bytes:
        """The page as it is."""
        before, after = self.pieces.plain
        return before + self.number + after

    @property
    def gzip(self) -> bytes:
        """One gzip member: deflated, stored number, deflated (RFC 1951 3.2.4, RFC 1952)."""
        before, after = self.pieces.gzip
        check = zlib.crc32(self.pieces.plain[1], zlib.crc32(self.number, self.pieces.before))
        size = self.pieces.size
        stored = b"\0" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + self.number
        end = check.to_bytes(4, "little") + self.pieces.length.to_bytes(4, "little")
        return before + stored + after + end

    @property
    def br(self) -> bytes:
        """One brotli stream: packed, an uncompressed meta-block, packed (RFC 7932 9.2)."""
        before, after = self.pieces.br
        stored = self.number + self.pieces.plain[1][:CLOSING]
        return before + (((len(stored) - 1) << 3) | 1 << 19).to_bytes(3, "little") + stored + after


def pack(page: bytes, size: int, effort: int = 9) -> Pieces:
    """Pack a page whose hole (the first `size` bytes of HOLE) a number of that size will fill.

    The later piece is packed as if the hole's own bytes stood there: no later byte refers to them, so that distances
    back over the number stay right whatever it is. Raises ValueError when the page has no such hole.
    """
    before, found, after = page.partition(HOLE[:size])
    if not found or len(after) < CLOSING:
        raise ValueError("a page without a hole for its number")
    return Pieces(
        size=size,
        plain=(before, after),
        gzip=(_deflate_first(before, effort), _deflate_rest(before + found, after, effort)),
        br=_brotli(before, found + after[:CLOSING], after[CLOSING:], effort),
        before=zlib.crc32(before),
        length=len(page),
    )


def _deflate_first(before: bytes, effort: int) -> bytes:
    return _HEAD + min((_deflate(before, effort, level, zlib.Z_FULL_FLUSH, b"") for level in LEVELS), key=len)


def _deflate_rest(before: bytes, after: bytes, effort: int) -> bytes:
    return min((_deflate(after, effort, level, zlib.Z_FINISH, before[-_WINDOW:]) for level in LEVELS), key=len)


def _deflate(content: bytes, effort: int, level: int, end: int, before: bytes) -> bytes:
    packer = zlib.compressobj(effort, zlib.DEFLATED, -zlib.MAX_WBITS, level, zdict=before)
    *first, last = PARTS.split(content)
    packed = [packer.compress(part) + packer.flush(zlib.Z_BLOCK) for part in first]
    return b"".join(packed) + packer.compress(last) + packer.flush(end)


def _brotli(before: bytes, hole: bytes, after: bytes, effort: int) -> tuple[bytes, bytes]:
    packer = brotli.Compressor(quality=effort)
    first: bytes = packer.process(before) + packer.flush()
    packer.process(hole)
    packer.flush()
    rest: bytes = packer.process(after) + packer.finish()
    return first, rest
