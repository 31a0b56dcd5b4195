"""Checks of what is said of a round's key and of the sum on its closing minute."""

from collections.abc import Mapping

from reports.checking.headline_checks import Check, Said
from reports.checking.published_round import PublishedRound, read_number
from reports.checking.tightening import tighten
from reports.report.point_words import load_point_words


def check_destroyed(said: Said, round_: PublishedRound) -> bool:
    """That everything which opened the round is noted as destroyed."""
    fate = round_.facts.keys
    return fate is not None and not fate.left and _is_told(said, round_)


def check_left(said: Said, round_: PublishedRound) -> bool:
    """What is not noted as destroyed, by name."""
    fate = round_.facts.keys
    return (
        fate is not None
        and read_number(said["left"]) == len(fate.left) > 0
        and said["copies_named"] == tighten("、".join(fate.left))
        and _is_told(said, round_)
    )


def _is_told(said: Said, round_: PublishedRound) -> bool:
    """Who kept the key, and how many keys and copies there were."""
    fate = round_.facts.keys
    return (
        fate is not None
        and read_number(said["copies"]) == fate.copies
        and said["kept"] == load_point_words().kept[fate.custody.value]
    )


def check_unknown(_: Said, round_: PublishedRound) -> bool:
    """That nothing is known of a key."""
    return round_.facts.keys is None


def check_minute(said: Said, round_: PublishedRound) -> bool:
    """The sum on the closing minute."""
    sums = round_.facts.sums
    return sums is not None and said["minute"] == sums.minute


CHECKS: Mapping[str, Check] = {
    "keys_destroyed": check_destroyed,
    "keys_left": check_left,
    "keys_unknown": check_unknown,
    "minute_sum": check_minute,
}
