"""A round's key: a seed of 128 random bits, the pair that follows from it, and three shares, two of them enough."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import combinations

from Crypto.Protocol.SecretSharing import Shamir
from nacl.public import PrivateKey

from survey_app.rounds.sheet_text import MARK_BYTES, KeySheet

SEED_BYTES = 16
ENOUGH = 2
SHEETS = 3


class SharesError(ValueError):
    """Shares that do not make the key of a round."""


class SameSheetError(SharesError):
    """The same sheet was given twice."""


class ForeignSheetError(SharesError):
    """A sheet belongs to the key of another round; `number` says which of those given."""

    def __init__(self, number: int):
        self.number = number
        super().__init__(f"sheet {number}")


class TooFewSheetsError(SharesError):
    """Fewer than two sheets were given."""


class WrongSharesError(SharesError):
    """The shares combine to a seed that is not this round's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SplitKey:
    """A seed in three shares; `hashes` hold what the store keeps of them, in the sheets' order."""

    sheets: tuple[KeySheet, ...]
    hashes: tuple[str, ...]


def new_seed(random: Callable[[int], bytes]) -> bytes:
    """Sixteen random bytes from which a round's pair follows; `random` as secrets.token_bytes."""
    return random(SEED_BYTES)


def private_key(seed: bytes) -> PrivateKey:
    """The private key (X25519) of a seed: its BLAKE2b hash of 32 bytes, under a purpose of its own."""
    return PrivateKey(blake2b(seed, digest_size=PrivateKey.SIZE, person=b"round key").digest())


def public_key(seed: bytes) -> bytes:
    """The 32 bytes that forms are sealed with."""
    return bytes(private_key(seed).public_key)


def key_mark(public: bytes) -> bytes:
    """Five bytes that tell a round's key from another's, on sheets and in names of files."""
    return blake2b(public, digest_size=MARK_BYTES, person=b"key mark").digest()


def share_hash(sheet: KeySheet) -> str:
    """What the store keeps of a sheet: it tells a right one alone, and nothing of its 128 random bits."""
    content = bytes([sheet.number]) + sheet.key_mark + sheet.share
    return blake2b(content, digest_size=SEED_BYTES, person=b"share hash").hexdigest()


def split_seed(seed: bytes) -> SplitKey:
    """Three sheets (Shamir over GF(2^128)), after every pair of them was combined and compared.

    Raises WrongSharesError when a pair does not give the seed again: then nothing may rely on the sheets.
    """
    mark = key_mark(public_key(seed))
    sheets = tuple(
        KeySheet(
            number=number,
            key_mark=mark,
            share=bytes(share),
        )
        for number, share in Shamir.split(ENOUGH, SHEETS, seed)
    )
    for pair in combinations(sheets, ENOUGH):
        if combine_sheets(pair, public_key(seed)) != seed:
            raise WrongSharesError
    return SplitKey(
        sheets=sheets,
        hashes=tuple(map(share_hash, sheets)),
    )


def combine_sheets(sheets: Sequence[KeySheet], public: bytes) -> bytes:
    """The seed that two sheets hold, after the public key it yields was compared with the round's.

    Raises:
        ForeignSheetError: a sheet is of another round.
        SameSheetError: two sheets have one number.
        TooFewSheetsError: fewer than two were given.
        WrongSharesError: the seed is not this round's.
    """
    for sheet in sheets:
        if sheet.key_mark != key_mark(public):
            raise ForeignSheetError(sheet.number)
    if len({sheet.number for sheet in sheets}) < len(sheets):
        raise SameSheetError
    if len(sheets) < ENOUGH:
        raise TooFewSheetsError
    seed = Shamir.combine([(sheet.number, sheet.share) for sheet in sheets[:ENOUGH]])
    if public_key(seed) != public:
        raise WrongSharesError
    return seed


def third_sheet(sheets: Sequence[KeySheet], public: bytes) -> KeySheet:
    """The sheet that is missing beside two others: the same share as was printed before.

    The shares of a seed s are s + a x at x = 1, 2, 3 over GF(2^128), where 1 + 2 = 3: the third one is the sum of the
    seed and the two others. Raises as `combine_sheets`.
    """
    seed = combine_sheets(sheets, public)
    first = sheets[0]
    second = sheets[1]
    share = bytes(left ^ right ^ both for left, right, both in zip(first.share, second.share, seed, strict=True))
    return KeySheet(
        number=sum(range(1, SHEETS + 1)) - first.number - second.number,
        key_mark=first.key_mark,
        share=share,
    )
