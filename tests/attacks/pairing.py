"""Pairs of tokens that lie alike: by the order of rows, and by where they stand in any file."""

from bisect import bisect
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations

import numpy as np
from sqlalchemy import Engine, text

Tokens = dict[str, list[bytes]]
CHANCE = 10  # one match in 300 is expected of a blind guess; more than ten once in 100 million runs
ORDERS = {
    "sqlite": ["1"],
    "postgresql": ["1", "ctid", "xmin::text::bigint, ctid"],
}
COLUMNS = {"ticket": "spent", "answers": "form", "text": "remark"}


def attack(engine: Engine, files: Callable[[], Iterator[bytes]], tokens: Tokens) -> dict[str, int]:
    """How many of each kind of token every way of reading the store pairs rightly with another kind."""
    right: Counter[str] = Counter()
    for order in ORDERS[engine.dialect.name]:
        ranked = {kind: read_in_order(engine, kind, order, tokens[kind]) for kind in tokens}
        for kind, other in combinations(tokens, 2):
            right[f"{kind}-{other} by {order}"] = sum(map(int.__eq__, ranked[kind], ranked[other]))
    for data in files():
        places = {kind: find_all(data, tokens[kind]) for kind in tokens}
        for kind, other in combinations(tokens, 2):
            for way, pairs in match_by_place(places[kind], places[other]).items():
                name = f"{kind}-{other} by {way} in a file"
                right[name] = max(right[name], sum(a == b for a, b in pairs))
    return right


def read_in_order(engine: Engine, column: str, order: str, tokens: list[bytes]) -> list[int]:
    """Which token stands in each row, in one order of the rows (1 is the key)."""
    key = "key, " if column != "ticket" else ""
    number = {token: index for index, token in enumerate(tokens)}
    with engine.connect() as connection:
        rows = connection.execute(text(f"SELECT {key}{column} FROM {COLUMNS[column]} ORDER BY {order}"))
        return [number[row[-1].encode() if isinstance(row[-1], str) else row[-1]] for row in rows]


def find_all(data: bytes, tokens: Sequence[bytes]) -> list[tuple[int, int]]:
    """Every place of every token (all of one length), as (offset, token), in the order of the file."""
    number = {token: index for index, token in enumerate(tokens)}
    length = len(tokens[0])
    begins = np.zeros(1 << 16, dtype=bool)
    begins[[int.from_bytes(token[:2], "little") for token in tokens]] = True
    single = np.frombuffer(data, dtype=np.uint8).astype(np.uint16)
    likely = np.flatnonzero(begins[single[:-1] | single[1:] << 8])
    return [(at, number[data[at : at + length]]) for at in likely.tolist() if data[at : at + length] in number]


def match_by_place(ones: list[tuple[int, int]], others: list[tuple[int, int]]) -> dict[str, list[tuple[int, int]]]:
    """Pairs of tokens by the rank of their first and last places, and by which place is nearest to which."""
    first, others_first = rank(ones[::-1])[::-1], rank(others[::-1])[::-1]
    offsets = [offset for offset, _ in others]
    after = [(one, others[place][1]) for offset, one in ones if (place := bisect(offsets, offset)) < len(others)]
    before = [(one, others[place - 1][1]) for offset, one in ones if (place := bisect(offsets, offset)) > 0]
    return {
        "first place": list(zip(first, others_first, strict=False)),
        "last place": list(zip(rank(ones), rank(others), strict=False)),
        "next": list(dict(after).items()),
        "before": list(dict(before[::-1]).items()),
    }


def rank(places: list[tuple[int, int]]) -> list[int]:
    """Tokens by their last place in the list."""
    return list(dict.fromkeys(token for _, token in reversed(places)))[::-1]
