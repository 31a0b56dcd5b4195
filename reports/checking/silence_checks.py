"""Checks of claims on those who kept silent: how little they may have agreed, and what a re-contact measured."""

from collections.abc import Callable, Mapping

from questionnaires.vocabulary import Evidence, Operator
from reports.checking.headline_checks import Check, Said
from reports.checking.published_round import PublishedRound, agrees, read_number
from reports.setting.findings import say_groups


def check_tipping(way: str) -> Check:
    """The check of what those who kept silent would have to say: at a rate, or whatever they say."""

    def check(said: Said, round_: PublishedRound) -> bool:
        tip = round_.published.estimate.tipping_point
        need = round_.need
        if tip is None or said.get("need", need) != need or not agrees(said.get("line", need), round_.share):
            return False
        at = "over" if Operator(round_.line.operator) == Operator.ABOVE else "at"
        true_way = "low" if tip < 0 else "high" if tip > 1 else at
        return way == true_way and ("share" not in said or agrees(said["share"], tip))

    return check


def check_ratio(side: str, *, assuming: bool = False) -> Check:
    """The check of k*, on the side of the line that the evidence has, and that it says what it takes for granted."""

    def check(said: Said, round_: PublishedRound) -> bool:
        county = round_.published.estimate.county
        told = county.ratio is not None and float(said["ratio"]) == county.ratio and side in county.evidence.value
        return told and assuming == _has_unknown(round_) and _has_silent(round_) and agrees(said["line"], round_.share)

    return check


def check_least(said: Said, round_: PublishedRound) -> bool:
    """The smallest ratio, in brackets behind one half."""
    ratio = round_.published.estimate.county.ratio
    return ratio is not None and float(said["ratio"]) == ratio


def check_revisited(evidence: Evidence, *, assuming: bool = False) -> Check:
    """The check that it holds at the worst end of what a re-contact measured, where one half alone is not enough."""

    def check(said: Said, round_: PublishedRound) -> bool:
        county = round_.published.estimate.county
        asked = bool(round_.published.estimate.revisits) and (county.ratio or 0) > 1 / 2
        true = asked and county.evidence == evidence and assuming == _has_unknown(round_)
        return true and agrees(said["line"], round_.share)

    return check


def _has_unknown(round_: PublishedRound) -> bool:
    """Whether there are groups nobody answered for, or that anybody could join: something is taken of them."""
    estimate = round_.published.estimate
    return bool(estimate.county.incomplete or estimate.provenance.open_groups)


def _has_silent(round_: PublishedRound) -> bool:
    """Whether there is anybody whose answer is not known."""
    shares = [group.response_rate for group in round_.published.estimate.groups.values()]
    return _has_unknown(round_) or any(share is None or share < 1 for share in shares)


def check_unknown(evidence: Evidence) -> Check:
    """The check that the groups nobody answered for decide: no ratio is enough, among who answered it is clear."""

    def check(said: Said, round_: PublishedRound) -> bool:
        estimate = round_.published.estimate
        told = estimate.county.evidence == evidence and estimate.county.ratio is None
        return _has_unknown(round_) and told and agrees(said["line"], round_.share)

    return check


def check_revisit(said: Said, round_: PublishedRound) -> bool:
    """k of the groups that were asked again, with its interval and the forms it rests on."""
    return any(
        said["groups"] == say_groups(revisit.groups)
        and read_number(said["forms"]) == revisit.forms
        and (float(said["from_ratio"]), float(said["ratio"]), float(said["to_ratio"]))
        == (revisit.lower, revisit.ratio, revisit.upper)
        for revisit in round_.published.estimate.revisits
    )


def check_half(evidence: Evidence, *, assuming: bool = False) -> Check:
    """The check that one half as willing would change nothing: k* at most one half, and the evidence on that side."""

    def check(said: Said, round_: PublishedRound) -> bool:
        county = round_.published.estimate.county
        enough = county.evidence == evidence and (county.ratio is None or county.ratio <= 1 / 2)
        return (
            enough and assuming == _has_unknown(round_) and _has_silent(round_) and agrees(said["line"], round_.share)
        )

    return check


def _check_both(form: str, check: Callable[..., Check], *about: object) -> Mapping[str, Check]:
    """A form without and with what it takes of groups of which nothing is known."""
    return {form: check(*about), f"assuming_{form}": check(*about, assuming=True)}


CHECKS: Mapping[str, Check] = {
    "ratio_holds": check_least,
    "revisit": check_revisit,
    **_check_both("ratio_above", check_ratio, "above"),
    **_check_both("ratio_below", check_ratio, "below"),
    **_check_both("revisited_above", check_revisited, Evidence.ESTABLISHED_ABOVE),
    **_check_both("revisited_below", check_revisited, Evidence.ESTABLISHED_BELOW),
    **_check_both("half_above", check_half, Evidence.ESTABLISHED_ABOVE),
    **_check_both("half_below", check_half, Evidence.ESTABLISHED_BELOW),
    "unknown_above": check_unknown(Evidence.ABOVE_AMONG_ANSWERED),
    "unknown_below": check_unknown(Evidence.BELOW_AMONG_ANSWERED),
    **{f"tipping_{way}": check_tipping(way) for way in ("low", "high", "at", "over")},
}
