"""Checks of claims on the county's figure: verdict, evidence, other ways of counting, change, dimensions."""

from collections.abc import Callable, Mapping

from analysis.change import change
from analysis.integrity.integrity_findings import list_doubted, list_full
from questionnaires.vocabulary import Evidence, Verdict
from reports.checking.cells_agree import same_difference
from reports.checking.published_round import PublishedRound, agrees, all_in_order, name_of, read_number
from reports.report.choices import name_choice
from reports.report.point_words import load_point_words

Said = Mapping[str, str]
Check = Callable[[Said, PublishedRound], bool]
EDGE = 1e-12
NEARLY = 0.9999
ESTABLISHED = (Evidence.ESTABLISHED_ABOVE, Evidence.ESTABLISHED_BELOW)


def _true_verdict(round_: PublishedRound) -> Verdict:
    """The verdict by the standard's own line, from the unrounded rate."""
    county = round_.published.estimate.county
    if county.rate is None:
        return Verdict.UNDETERMINED
    above = county.rate - round_.share
    met = above > EDGE if round_.line.operator == ">" else above >= -EDGE
    if met and county.incomplete:
        return Verdict.UNDETERMINED
    return Verdict.MET if met else Verdict.NOT_MET


def check_verdict(verdict: Verdict) -> Check:
    """The check of one verdict's sentence."""

    def check(said: Said, round_: PublishedRound) -> bool:
        county = round_.published.estimate.county
        confidence = f"{round_.facts.rule.confidence.value * 100:g}%"
        ends = {"rate": county.rate, "lower": county.lower, "upper": county.upper}
        figures = [(said[name], share) for name, share in ends.items() if name in said or name == "rate"]
        return (
            verdict == _true_verdict(round_) == round_.published.judgement.dimensions.recognition.verdict
            and said["county"] == round_.facts.county
            and said["need"] == round_.need
            and said.get("confidence", confidence) == confidence
            and all(agrees(text, share, round_.share) for text, share in figures)
            and _names_missing(said, round_)
        )

    return check


def _names_missing(said: Said, round_: PublishedRound) -> bool:
    if "groups" not in said:
        return True
    return said["groups"] == "、".join(map(name_of, round_.published.estimate.county.incomplete))


def check_nothing(said: Said, round_: PublishedRound) -> bool:
    """No figure is there."""
    return round_.published.estimate.county.rate is None and said["county"] == round_.facts.county


def check_evidence(evidence: Evidence, *, assuming: bool = False) -> Check:
    """The check of one kind of evidence; what is established says what it assumes of missing groups, if there are."""

    def check(said: Said, round_: PublishedRound) -> bool:
        county = round_.published.estimate.county
        below = evidence in (Evidence.BELOW_AMONG_ANSWERED, Evidence.ESTABLISHED_BELOW)
        bound = county.upper95 if below else county.lower95
        other = county.lower95 if below else county.upper95
        guessed = bool(county.incomplete or round_.published.estimate.provenance.open_groups)
        return (
            evidence == county.evidence
            and (evidence not in ESTABLISHED or assuming == guessed)
            and _lies(evidence, county.lower95, county.upper95, round_.share)
            and agrees(said["bound"], bound, round_.share)
            and ("other" not in said or agrees(said["other"], other, round_.share))
            and agrees(said["line"], round_.share)
        )

    return check


def _lies(evidence: Evidence, lower: float | None, upper: float | None, line: float) -> bool:
    if lower is None or upper is None:
        return False
    if "above" in evidence.value:
        return lower > line
    return upper < line if "below" in evidence.value else True


def check_turned(said: Said, round_: PublishedRound) -> bool:
    """Exactly the choices that come to the verdict which is named."""
    words = {word: Verdict(key) for key, word in load_point_words().verdicts.items()}
    verdict = words.get(said["verdict"])
    county = round_.published.estimate.county.verdict
    named = said["choices"].strip("“”").split("”“")
    facts = round_.facts
    wanted = [
        name_choice(choice.name, facts.rule, facts.papers)
        for choice in round_.published.estimate.sensitivity
        if choice.verdict == verdict
    ]
    return verdict != county and all_in_order(named, wanted)


def check_turned_count(said: Said, round_: PublishedRound) -> bool:
    """How many choices come to a verdict that is not the county's."""
    estimate = round_.published.estimate
    found = [choice for choice in estimate.sensitivity if choice.verdict and choice.verdict.zh == said["outcome"]]
    return said["outcome"] != estimate.county.verdict.zh and 0 < len(found) == read_number(said["count"])


def check_headline(said: Said, round_: PublishedRound) -> bool:
    """The county's figure, alone."""
    return said["county"] == round_.facts.county and agrees(
        said["rate"], round_.published.estimate.county.rate, round_.share
    )


def check_narrowest(said: Said, round_: PublishedRound) -> bool:
    """How far the rate of a unit that is told by its bounds stays open at least, in any group."""
    release = round_.published.release
    widths = [group.narrowest for group in release.groups.values() if group.narrowest is not None] if release else []
    return bool(widths) and agrees(said["points"], min(widths))


def check_unturned(_: Said, round_: PublishedRound) -> bool:
    """No choice comes to another verdict."""
    estimate = round_.published.estimate
    return all(choice.verdict in (None, estimate.county.verdict) for choice in estimate.sensitivity)


def check_change(way: int, *, apart: bool = False) -> Check:
    """The check of a rise (1), a fall (-1) or what no test tells (0), and whether other groups answered (`apart`)."""

    def check(said: Said, round_: PublishedRound) -> bool:
        former = round_.published.former.rounds[:1]
        county = round_.published.estimate.county
        if not former or said["before"] != f"{former[0].opens.year}年{former[0].opens.month}月":
            return False
        moved = change(county, former[0].county)
        if moved is None or former[0].rule != round_.facts.rule.id:
            return False
        true_way = (1 if moved.difference > 0 else -1) if moved.clear else 0
        return (
            true_way == way
            and apart == round_.is_apart(former[0])
            and agrees(said["then"], former[0].county.rate, round_.share)
            and agrees(said["now"], county.rate, round_.share)
            and same_difference(said["points"], abs(moved.difference), county, former[0].county)
        )

    return check


def check_not_compared(said: Said, round_: PublishedRound) -> bool:
    """The last round had another rule or other papers."""
    former = round_.published.former.rounds[0]
    papers = tuple(paper.id for paper in round_.facts.papers)
    return former.rule != round_.facts.rule.id or former.papers != papers


def check_chance(way: str) -> Check:
    """The check of the probability, which is never told as certain."""

    def check(said: Said, round_: PublishedRound) -> bool:
        chance = round_.published.estimate.county.probability_above
        if chance is None or not agrees(said["line"], round_.share):
            return False
        true_way = "high" if chance > NEARLY else "low" if chance < 1 - NEARLY else "at"
        bound = {"high": NEARLY, "low": 1 - NEARLY, "at": chance}
        return way == true_way and agrees(said["share"], round(bound[way], 12))

    return check


def check_four(said: Said, round_: PublishedRound) -> bool:
    """The verdict on all four, which is never better than that on recognition."""
    judgement = round_.published.judgement
    own = judgement.dimensions.recognition.verdict
    better = judgement.verdict == Verdict.MET and own != Verdict.MET
    return said["verdict"] == load_point_words().verdicts[judgement.verdict.value] and not better


def check_listed(said: Said, round_: PublishedRound) -> bool:
    """Places and forms that are only listed, and the figure without them."""
    estimate = round_.published.estimate
    found = estimate.integrity.checks["all_highest"]
    return (
        read_number(said["places"]) == found.listed_places
        and read_number(said["forms"]) == found.listed_forms
        and _is_true_without(said, "without_listed", round_)
    )


def check_full(said: Said, round_: PublishedRound) -> bool:
    """The full classes that are only listed, and the figure without them."""
    listed = len(list_full(round_.published.estimate.integrity))
    return read_number(said["places"]) == listed > 0 and _is_true_without(said, "without_full", round_)


def check_doubted(said: Said, round_: PublishedRound) -> bool:
    """The places where fewer say that they answered than forms came, and the figure without them."""
    listed = len(list_doubted(round_.published.estimate.integrity))
    return read_number(said["places"]) == listed > 0 and _is_true_without(said, "without_doubted", round_)


def _is_true_without(said: Said, choice: str, round_: PublishedRound) -> bool:
    without = next((row for row in round_.published.estimate.sensitivity if row.name == choice), None)
    verdicts = load_point_words().verdicts
    rate = "rate" not in said or (without is not None and agrees(said["rate"], without.rate, round_.share))
    return rate and (
        "verdict" not in said or (without is not None and said["verdict"] == verdicts[str(without.verdict)])
    )


def check_flagged(said: Said, round_: PublishedRound) -> bool:
    """The forms that need a second look."""
    return read_number(said["forms"]) == round_.published.estimate.integrity.flagged > 0


def check_unflagged(_: Said, round_: PublishedRound) -> bool:
    """No form needs a second look, and some check could tell."""
    found = round_.published.estimate.integrity
    return found.flagged == 0 and any(check.tests for check in found.checks.values())


def check_problem_county(said: Said, round_: PublishedRound) -> bool:
    """The county's own figure on the wrong side of the line."""
    need = round_.need
    rate = round_.published.estimate.county.rate
    return (
        _true_verdict(round_) == Verdict.NOT_MET and said["need"] == need and agrees(said["rate"], rate, round_.share)
    )


def check_drawn_line(said: Said, round_: PublishedRound) -> bool:
    """That a chart's line is the one of the standard that is cited."""
    return agrees(said["line"], round_.share)


CHECKS: Mapping[str, Check] = {
    "problem_county": check_problem_county,
    "drawn_line": check_drawn_line,
    **{f"verdict_{verdict.value}": check_verdict(verdict) for verdict in Verdict},
    **{evidence.value: check_evidence(evidence) for evidence in Evidence},
    **{f"assuming_{evidence.value}": check_evidence(evidence, assuming=True) for evidence in ESTABLISHED},
    **{f"plain_assuming_{evidence.value}": check_evidence(evidence, assuming=True) for evidence in ESTABLISHED},
    **{f"plain_verdict_{verdict.value}": check_verdict(verdict) for verdict in Verdict},
    **{f"plain_{evidence.value}": check_evidence(evidence) for evidence in Evidence},
    "no_forms": check_nothing,
    "turned": check_turned,
    "turned_count": check_turned_count,
    "headline": check_headline,
    "narrowest": check_narrowest,
    "unturned": check_unturned,
    "change_up": check_change(1),
    "change_down": check_change(-1),
    "change_open": check_change(0),
    "apart_change_up": check_change(1, apart=True),
    "apart_change_down": check_change(-1, apart=True),
    "apart_change_open": check_change(0, apart=True),
    "change_none": check_not_compared,
    "four": check_four,
    "four_all": check_four,
    "chance": check_chance("at"),
    "chance_high": check_chance("high"),
    "chance_low": check_chance("low"),
    "listed": check_listed,
    "listed_withheld": check_listed,
    "listed_alone": check_listed,
    "full": check_full,
    "full_withheld": check_full,
    "full_alone": check_full,
    "doubted": check_doubted,
    "doubted_withheld": check_doubted,
    "doubted_alone": check_doubted,
    "flagged": check_flagged,
    "unflagged": check_unflagged,
}
