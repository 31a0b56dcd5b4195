"""Records of a judgement: typed, frozen, read by attribute; every record prints all its fields.

A figure that nobody reported is None; a text that nothing says is empty.
"""

from msgspec import Struct


class Record(Struct, frozen=True, kw_only=True):
    """A part of a judgement."""


class Reading(Record, frozen=True, kw_only=True):
    """One of several values that documents give for the same thing."""

    value: float
    operator: str | None
    unit: str
    clause: str


class Disagreement(Record, frozen=True, kw_only=True):
    """Values that disagree, each with its clause; `used` is the one judged by (None: no judgement needs one)."""

    indicator: str
    stage: str
    title: str
    values: tuple[Reading, ...]
    used: float | None
    reason: str


class PolicyRemark(Record, frozen=True, kw_only=True):
    """Where a later document may have moved a figure, or a rule seen elsewhere is left out."""

    indicator: str
    note: str
    clause: str
