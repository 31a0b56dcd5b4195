"""Checks of claims on those who kept silent: how little they may have agreed, and what a re-contact measured."""

from collections.abc import Mapping

from questionnaires.vocabulary import Evidence, Operator
from reports.checking.headline_checks import Check, Said
from reports.checking.world import World, agrees, read_number
from reports.setting.findings import say_groups


def check_tipping(way: str) -> Check:
    """The check of what those who kept silent would have to say: at a rate, or whatever they say."""

    def check(said: Said, world: World) -> bool:
        tip = world.published.estimate.tipping_point
        need = f"{Operator(world.line.operator).zh}{world.line.value:g}%"
        if tip is None or said.get("need", need) != need or not agrees(said.get("line", need), world.share):
            return False
        true_way = "low" if tip < 0 else "high" if tip > 1 else "at"
        return way == true_way and ("share" not in said or agrees(said["share"], tip))

    return check


def check_ratio(side: str) -> Check:
    """The check of k*, on the side of the line that the evidence has."""

    def check(said: Said, world: World) -> bool:
        county = world.published.estimate.county
        told = county.ratio is not None and float(said["ratio"]) == county.ratio and side in county.evidence.value
        return told and ("line" not in said or agrees(said["line"], world.share))

    return check


def check_revisited(evidence: Evidence) -> Check:
    """The check that it holds at the worst end of what a re-contact measured, where one half alone is not enough."""

    def check(said: Said, world: World) -> bool:
        county = world.published.estimate.county
        asked = bool(world.published.estimate.revisits) and (county.ratio or 0) > 1 / 2
        return asked and county.evidence == evidence and agrees(said["line"], world.share)

    return check


def check_assumed(side: str) -> Check:
    """The check of what a ratio takes of groups nobody answered for, or that anybody could join: there are such."""

    def check(_: Said, world: World) -> bool:
        estimate = world.published.estimate
        unknown = bool(estimate.county.incomplete or estimate.provenance.open_groups)
        return unknown and side in estimate.county.evidence.value

    return check


def check_unknown(evidence: Evidence) -> Check:
    """The check that the groups nobody answered for decide: no ratio is enough, among who answered it is clear."""

    def check(said: Said, world: World) -> bool:
        estimate = world.published.estimate
        unknown = bool(estimate.county.incomplete or estimate.provenance.open_groups)
        told = estimate.county.evidence == evidence and estimate.county.ratio is None
        return unknown and told and agrees(said["line"], world.share)

    return check


def check_revisit(said: Said, world: World) -> bool:
    """k of the groups that were asked again, with its interval and the forms it rests on."""
    return any(
        said["groups"] == say_groups(revisit.groups)
        and read_number(said["forms"]) == revisit.forms
        and (float(said["from_ratio"]), float(said["ratio"]), float(said["to_ratio"]))
        == (revisit.lower, revisit.ratio, revisit.upper)
        for revisit in world.published.estimate.revisits
    )


def check_half(evidence: Evidence) -> Check:
    """The check that one half as willing would change nothing: k* at most one half, and the evidence on that side."""

    def check(said: Said, world: World) -> bool:
        county = world.published.estimate.county
        enough = county.evidence == evidence and (county.ratio is None or county.ratio <= 1 / 2)
        return enough and agrees(said["line"], world.share)

    return check


CHECKS: Mapping[str, Check] = {
    "ratio_holds": check_ratio(""),
    "ratio_above": check_ratio("above"),
    "ratio_below": check_ratio("below"),
    "revisit": check_revisit,
    "revisited_above": check_revisited(Evidence.ESTABLISHED_ABOVE),
    "revisited_below": check_revisited(Evidence.ESTABLISHED_BELOW),
    "assumed_above": check_assumed("above"),
    "assumed_below": check_assumed("below"),
    "unknown_above": check_unknown(Evidence.ABOVE_AMONG_ANSWERED),
    "unknown_below": check_unknown(Evidence.BELOW_AMONG_ANSWERED),
    **{f"tipping_{way}": check_tipping(way) for way in ("low", "high", "at")},
    "half_above": check_half(Evidence.ESTABLISHED_ABOVE),
    "half_below": check_half(Evidence.ESTABLISHED_BELOW),
}
