"""Checks of claims on returns and on what was told of them: units, joined groups, places out of reach, integrity."""

import re
from collections.abc import Callable, Mapping

from reports.checking.headline_checks import Check, Said
from reports.checking.published_round import PublishedRound, agrees, name_of, read_number

MISSED = re.compile(r"([^、\d]+)([\d,]+)人")


def _lacking(round_: PublishedRound) -> tuple[int, int]:
    """How many units there are, and in how many a group brought fewer forms than its part of the plan."""
    units = round_.published.status.units
    behind = {counts.unit for counts in units if counts.spent < counts.target}
    return len({counts.unit for counts in units}), len(behind)


def check_units_behind(said: Said, round_: PublishedRound) -> bool:
    """In how many units a group brought fewer forms than planned, of how many."""
    units, behind = _lacking(round_)
    return read_number(said["units"]) == units and read_number(said["behind"]) == behind > 0


def check_units_listed(said: Said, round_: PublishedRound) -> bool:
    """That not all units which are behind are listed."""
    return read_number(said["shown"]) < _lacking(round_)[1]


def check_units_full(said: Said, round_: PublishedRound) -> bool:
    """That no unit is behind."""
    units, behind = _lacking(round_)
    return read_number(said["units"]) == units and behind == 0


def find_behind(round_: PublishedRound) -> list[str]:
    """The groups that brought fewer forms than planned, each as it is shown."""
    estimate = round_.published.estimate
    shown = {group for key in estimate.groups for group in key.split("+")}
    behind = [name_of(key) for key, rate in estimate.groups.items() if rate.received < planned_of(key, round_)]
    alone = (key for key, counts in round_.published.status.groups.items() if key not in shown and counts.target)
    return [*behind, *(name_of(key) for key in alone)]


def planned_of(key: str, round_: PublishedRound) -> int:
    """What the plan asks of a group, or of several that were joined."""
    rate = round_.published.estimate.groups.get(key)
    if rate is not None and rate.target is not None:
        return rate.target
    counts = round_.published.status.groups
    return sum(counts[group].target for group in key.split("+") if group in counts)


def check_groups_full(_: Said, round_: PublishedRound) -> bool:
    """That no group is behind."""
    return not find_behind(round_)


def check_groups_behind(said: Said, round_: PublishedRound) -> bool:
    """How many groups are behind, or exactly which."""
    behind = find_behind(round_)
    if "names" in said:
        return bool(behind) and sorted(said["names"].split("、")) == sorted("、".join(behind).split("、"))
    return read_number(said["count"]) == len(behind)


def check_too_few(said: Said, round_: PublishedRound) -> bool:
    """A group with fewer people than the rule asks for."""
    return any(
        said["name"] == name_of(short.group)
        and said["whole"] == round_.facts.whole
        and read_number(said["people"]) == short.population < short.quota == read_number(said["quota"])
        for short in round_.published.estimate.shortfalls
    )


def check_joined(said: Said, round_: PublishedRound) -> bool:
    """A group that was joined with others, and its own counts."""
    return any(
        said["name"] == name_of(joined.group)
        and read_number(said["invited"]) == joined.invited
        and ("valid" not in said or read_number(said["valid"]) == joined.valid)
        and said["into"] == name_of(joined.shown_in or "")
        for joined in round_.published.estimate.suppressed
        if joined.why == "joined" and joined.shown_in
    )


def check_valid_return(met: bool) -> Check:
    """The check of valid forms among the invited, as many as the rule asks for or not."""

    def check(said: Said, round_: PublishedRound) -> bool:
        found = round_.published.estimate.valid_return
        if found is None or found.rate is None or found.least is None:
            return False
        return (
            met == (found.rate >= found.least)
            and agrees(said["rate"], found.rate, found.least)
            and agrees(said["line"], found.least)
        )

    return check


def check_checked(said: Said, round_: PublishedRound) -> bool:
    """How many checks of integrity had enough to compare."""
    checks = round_.published.estimate.integrity.checks.values()
    return read_number(said["count"]) == sum(check.tests > 0 for check in checks)


def check_smallest(said: Said, round_: PublishedRound) -> bool:
    """The fewest people of whom anything is told."""
    return read_number(said["people"]) == round_.facts.rule.smallest


def check_unreached(said: Said, round_: PublishedRound) -> bool:
    """People in places where nobody was invited, group by group."""
    people = round_.published.estimate.provenance.people_out_of_reach.items()
    told = {name_of(group): count for group, count in people if count}
    named = MISSED.findall(said["missed"])
    return bool(told) and {name: int(count.replace(",", "")) for name, count in named} == told


def check_told_rows(said: Said, round_: PublishedRound) -> bool:
    """How many rows were told as a number, as a bound, as what follows, and not at all."""
    release = round_.published.release
    if release is None:
        return False
    groups = list(release.groups.values())
    counts = {
        "rows": sum(own.numbers + own.statements + own.coarsened + own.withheld for own in groups),
        "statements": sum(own.statements for own in groups),
        "coarsened": sum(own.coarsened for own in groups),
        "withheld": sum(own.withheld for own in groups),
        "bounds": sum(own.statement_items for own in groups),
    }
    return all(read_number(said[name]) == count for name, count in counts.items())


def check_covered(promised: bool) -> Check:
    """The check of what is promised of intervals."""

    def check(_: Said, round_: PublishedRound) -> bool:
        coverage = round_.published.estimate.provenance.coverage
        return coverage is not None and coverage.promised == promised

    return check


def check_missing(said: Said, round_: PublishedRound) -> bool:
    """Exactly the groups without a valid form."""
    return said["groups"] == "、".join(map(name_of, round_.published.estimate.county.incomplete)) != ""


def check_named(find: Callable[[PublishedRound], tuple[str, ...]]) -> Check:
    """The check of groups in a row, in whatever order."""

    def check(said: Said, round_: PublishedRound) -> bool:
        return said["groups"] == "、".join(map(name_of, find(round_))) != ""

    return check


CHECKS: Mapping[str, Check] = {
    "units_behind": check_units_behind,
    "units_listed": check_units_listed,
    "units_full": check_units_full,
    "groups_full": check_groups_full,
    "groups_behind": check_groups_behind,
    "groups_behind_named": check_groups_behind,
    "too_few": check_too_few,
    "joined": check_joined,
    "joined_invited": check_joined,
    "returned_enough": check_valid_return(True),
    "returned_short": check_valid_return(False),
    "checked": check_checked,
    "smallest": check_smallest,
    "unreached": check_unreached,
    "told_rows": check_told_rows,
    "covered": check_covered(True),
    "uncovered": check_covered(False),
    "missing_shared": check_missing,
    "open_call": check_named(lambda round_: round_.published.estimate.provenance.open_groups),
    "everyone": check_named(lambda round_: round_.published.estimate.provenance.everyone),
}
