"""What became of a closed round's key, as far as is known: who kept it, and what nobody noted as destroyed."""

from msgspec import Struct

from questionnaires.vocabulary import Custody


class KeyFate(Struct, frozen=True, kw_only=True):
    """`copies`: how many keys, sheets and exported files there were; `left`: those not destroyed, a line each."""

    custody: Custody
    copies: int
    left: tuple[str, ...]
