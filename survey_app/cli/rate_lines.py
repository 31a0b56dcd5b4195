"""The lines `survey estimate` and `survey plan` print for a person."""

from collections.abc import Iterator
from functools import cache
from math import ceil
from pathlib import Path

from msgspec import Struct, convert

from analysis.plan.survey_plan import PlannedProof, PlannedStratum, SurveyPlan
from analysis.results import Choice, Estimate, GroupRate, Provenance, Shortfall, ValidReturn
from questionnaires.pack import read_toml
from questionnaires.rule import Rule, load_papers
from questionnaires.vocabulary import Evidence, Group, Locale, words
from reports.report.choices import name_choice, name_untested
from reports.setting.figures import count, percent, whole_percent
from reports.setting.findings import name_groups, say_groups
from survey_app.rounds.sampling_lines import say_few_invited

SENTENCES = Path(__file__).parents[1] / "templates" / "rate_lines.toml"
MOST = 0.9999
LITTLE = 0.9
ESTABLISHED = (Evidence.ESTABLISHED_ABOVE, Evidence.ESTABLISHED_BELOW)


class RateSentences(Struct, frozen=True):
    """The sentences by name: of an estimate, its evidence, the same where something is taken of groups nobody answered
    for, those who did not answer, its design, joining, a plan.
    """

    estimate: dict[str, str]
    evidence: dict[str, str]
    assuming: dict[str, str]
    silence: dict[str, str]
    design: dict[str, str]
    joined: dict[str, str]
    plan: dict[str, str]


@cache
def load_sentences() -> RateSentences:
    """The sentences in Chinese."""
    return convert(read_toml(SENTENCES), RateSentences)


def _say(sentence: str, /, **values: object) -> str:
    return load_sentences().estimate[sentence].format(**values)


def _say_plan(sentence: str, /, **values: object) -> str:
    return load_sentences().plan[sentence].format(**values)


def estimate_lines(estimate: Estimate, rule: Rule) -> Iterator[str]:
    """What turns the verdict comes first, then the county, the groups, what is missing and what needs a second look."""
    county = estimate.county
    line = county.threshold
    turned = [choice for choice in estimate.sensitivity if choice.verdict not in (None, county.verdict)]
    if turned:
        yield _say("turned", choices="、".join(_choice(choice, rule, line) for choice in turned))
    yield _counts(estimate)
    yield from _county_lines(estimate)
    yield from _silence_lines(estimate)
    yield from _reached_lines(estimate.provenance)
    yield from _joined_lines(estimate)
    if county.incomplete:
        missing = sorted(county.incomplete, key=list(estimate.groups).index)
        yield _say("incomplete", groups="、".join(map(name_groups, missing)))
    yield from (_group(group, rate, line) for group, rate in estimate.groups.items())
    yield from map(_shortfall, estimate.shortfalls)
    yield _say("flagged", flagged=count(estimate.integrity.flagged))
    yield from _listed_lines(estimate)
    if untested := name_untested(estimate.integrity.checks):
        yield _say("untested", checks="、".join(untested))


def _choice(choice: Choice, rule: Rule, line: float) -> str:
    return f"{name_choice(choice.name, rule, load_papers(rule))} {_choice_rate(choice, line)}"


def _counts(estimate: Estimate) -> str:
    counts = _say("counts", received=count(estimate.received), valid=count(estimate.valid))
    return counts + (_returned(estimate.valid_return) if estimate.valid_return else "")


def _returned(found: ValidReturn) -> str:
    """The valid return, and whether it is what the rule asks for."""
    if found.rate is None:
        return ""
    told = _say("returned", rate=percent(found.rate, found.least))
    if found.least is None:
        return told
    met = _say("enough" if found.met else "short")
    return told + _say("asked", least=whole_percent(found.least), met=met)


def _county_lines(estimate: Estimate) -> Iterator[str]:
    county = estimate.county
    line = county.threshold
    if county.rate is None:
        yield _say("nothing")
        return
    bounds = {"lower": percent(county.lower, line), "upper": percent(county.upper, line)}
    yield _say("rate", rate=percent(county.rate, line), **bounds, verdict=county.verdict.zh)
    sentences = load_sentences()
    told = sentences.evidence | (sentences.assuming if estimate.some_unknown else {})
    yield told[county.evidence].format(line=whole_percent(line))


def _listed_lines(estimate: Estimate) -> Iterator[str]:
    """Places that a check only lists, and the figure without them."""
    without = next((choice for choice in estimate.sensitivity if choice.name == "without_listed"), None)
    found = estimate.integrity.checks.get("all_highest")
    if without and found and found.listed_forms:
        rate = _choice_rate(without, estimate.county.threshold)
        yield _say("listed", forms=count(found.listed_forms), places=count(found.listed_places), rate=rate)


def _choice_rate(choice: Choice, line: float) -> str:
    return percent(choice.rate, line) if choice.rate is not None else _say("withheld")


def _silence_lines(estimate: Estimate) -> Iterator[str]:
    """What the evidence hangs on, and how the sample's design is known."""
    county = estimate.county
    if county.rate is None:
        return
    said = load_sentences().silence
    if county.evidence in said and estimate.some_silent:
        known = county.ratio is not None or county.evidence in ESTABLISHED
        side = "above" if "above" in county.evidence else "below"
        assumed = said[f"assumed_{side}"] if known and estimate.some_unknown else ""
        yield assumed + said[county.evidence if known else "nothing_known"].format(
            ratio=county.ratio, line=whole_percent(county.threshold)
        )
        if county.ratio is not None and county.ratio > LITTLE:
            yield said["little"]
    yield load_sentences().design[county.design]


def _reached_lines(about: Provenance) -> Iterator[str]:
    """Who came by an open call, and of whom all were invited."""
    reached = (("open_groups", about.open_groups), ("everyone", about.everyone))
    for name, groups in reached:
        if groups:
            yield load_sentences().design[name].format(groups=say_groups(groups))


def _joined_lines(estimate: Estimate) -> Iterator[str]:
    for row in estimate.suppressed:
        if row.why == "joined" and row.shown_in:
            yield (
                load_sentences()
                .joined["members"]
                .format(
                    group=name_groups(row.group),
                    label=name_groups(row.shown_in),
                    invited=count(row.invited or 0),
                    valid=count(row.valid or 0),
                )
            )


def _group(group: str, rate: GroupRate, line: float) -> str:
    return _say(
        "group",
        name=name_groups(group),
        rate=percent(rate.rate, line),
        received=rate.received,
        valid=rate.valid,
        response_rate=percent(rate.response_rate),
        unknown=percent(rate.unknown),
    )


def _shortfall(short: Shortfall) -> str:
    return _say(
        "shortfall",
        name=name_groups(short.group),
        population=count(short.population),
        quota=count(short.quota),
        shortfall=count(short.shortfall),
    )


def plan_lines(plan: SurveyPlan, rule: Rule) -> Iterator[str]:
    """The county, the groups with what they can prove, and where a group is divided, its parts."""
    county = plan.county
    yield _say_plan(
        "county",
        population=count(plan.population),
        quota=count(county.quota),
        return_rate=whole_percent(plan.return_rate),
        slips=count(county.slips),
    )
    yield _say_plan("whole", proof=_proof(county, plan.threshold))
    yield from _power_lines(county, rule)
    for group, proof in plan.groups.items():
        yield from _group_lines(group, proof, plan)
    yield from say_few_invited(plan.unshown)


def _power_lines(county: PlannedProof, rule: Rule) -> Iterator[str]:
    for rate, chance in county.power.items():
        yield _say_plan(
            "power",
            rate=whole_percent(float(rate)),
            chance=_chance(chance),
            power=whole_percent(rule.planning.power.value),
            forms=count(county.forms_needed[rate]),
        )


def _group_lines(group: str, proof: PlannedProof, plan: SurveyPlan) -> Iterator[str]:
    counts = {"target": count(proof.target), "slips": count(proof.slips)}
    yield _say_plan("group", name=Group(group).zh, **counts, proof=_proof(proof, plan.threshold))
    if proof.shortfall:
        yield _say_plan("inside", told=_shortfall(_short(group, proof)))
    for part in plan.strata:
        if part.group == group and (name := _part(part)):
            yield _say_plan("part", name=name, target=count(part.target), slips=count(part.slips))


def _short(group: str, proof: PlannedProof) -> Shortfall:
    return Shortfall(
        group=group,
        population=proof.population or 0,
        quota=proof.quota,
        target=proof.target,
        shortfall=proof.shortfall,
    )


def _part(part: PlannedStratum) -> str:
    band = _say_plan("band", band=part.band.replace("-", "—")) if part.band else ""
    return " ".join(name for name in (band, words(Locale).get(part.locale, "")) if name)


def _proof(proof: PlannedProof, line: float) -> str:
    told = _say_plan("expected", expected=count(proof.expected))
    if proof.smallest_rate is None:
        return told + _say_plan("never", line=whole_percent(line))
    rate = percent(_not_below(proof.smallest_rate), line)
    return told + _say_plan("proved", rate=rate, line=whole_percent(line))


def _chance(chance: float) -> str:
    """A chance in hundredths of a percent; none is called certain."""
    return _say_plan("nearly_certain", most=percent(MOST)) if chance > MOST else percent(chance)


def _not_below(rate: float) -> float:
    """The rate in hundredths of a percent, not rounded down: what is shown suffices."""
    return ceil(rate * 10_000) / 10_000
