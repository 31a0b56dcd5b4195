"""Checks of what is said of a round's key and of the sum on its closing minute."""

from collections.abc import Mapping

from reports.checking.headline_checks import Check, Said
from reports.checking.tightening import tighten
from reports.checking.world import World, read_number
from reports.report.point_words import load_point_words


def check_destroyed(said: Said, world: World) -> bool:
    """That everything which opened the round is noted as destroyed."""
    fate = world.facts.keys
    return fate is not None and not fate.left and _is_told(said, world)


def check_left(said: Said, world: World) -> bool:
    """What is not noted as destroyed, by name."""
    fate = world.facts.keys
    return (
        fate is not None
        and read_number(said["left"]) == len(fate.left) > 0
        and said["copies_named"] == tighten("、".join(fate.left))
        and _is_told(said, world)
    )


def _is_told(said: Said, world: World) -> bool:
    """Who kept the key, and how many keys and copies there were."""
    fate = world.facts.keys
    return (
        fate is not None
        and read_number(said["copies"]) == fate.copies
        and said["kept"] == load_point_words().kept[fate.custody.value]
    )


def check_unknown(_: Said, world: World) -> bool:
    """That nothing is known of a key."""
    return world.facts.keys is None


def check_minute(said: Said, world: World) -> bool:
    """The sum on the closing minute."""
    sums = world.facts.sums
    return sums is not None and said["minute"] == sums.minute


CHECKS: Mapping[str, Check] = {
    "keys_destroyed": check_destroyed,
    "keys_left": check_left,
    "keys_unknown": check_unknown,
    "minute_sum": check_minute,
}
