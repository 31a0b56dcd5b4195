"""Checks of what the titles of charts say of groups, and of groups by topic."""

from collections.abc import Mapping

from reports.checking.headline_checks import Check, Said
from reports.checking.published_round import PublishedRound, agrees, is_below, read_number


def check_drawn(tested: bool) -> Check:
    """The check that every group below the line is named: those a test tells from it, or the others."""

    def check(said: Said, round_: PublishedRound) -> bool:
        short = {name: rate for name, rate in round_.groups.items() if is_below(rate, round_.share)}
        told = {name for name, rate in short.items() if rate.upper is not None and rate.upper < round_.share}
        wanted = told if tested else short.keys() - told
        left = said["names"]
        for name in sorted(wanted, key=len, reverse=True):
            left = left.replace(name, "", 1)
        return bool(wanted) and len(left) == left.count("、") == len(wanted) - 1 and agrees(said["line"], round_.share)

    return check


def check_dots(known: bool) -> Check:
    """The check of how many rates of topics in groups are below the line, at least where not all are `known`."""

    def check(said: Said, round_: PublishedRound) -> bool:
        shown = {topic.id for topic in round_.facts.papers[0].topics}
        topics = [found for key, found in round_.published.estimate.topics.items() if key in shown]
        rates = [found[key] for found in topics for key in round_.published.estimate.groups if key in found]
        spans = [rate.span for rate in rates if rate.rank is not None]
        below = sum(high < round_.share for _, high in spans)
        above = sum(low >= round_.share for low, _ in spans)
        told = read_number(said["count"]) == below > 0 if "count" in said else below == 0
        settled = known == (below + above == len(spans)) and read_number(said["total"]) == len(spans)
        return told and settled and agrees(said["line"], round_.share)

    return check


CHECKS: Mapping[str, Check] = {
    "drawn_below": check_drawn(True),
    "drawn_short": check_drawn(False),
    "dots_below": check_dots(True),
    "dots_least": check_dots(False),
    "dots_level": check_dots(True),
}
