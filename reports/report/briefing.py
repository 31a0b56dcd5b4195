"""The briefing (送审说明): one page for the leader who signs, and what inspectors will ask, with its answers."""

from collections.abc import Iterator

from questionnaires.vocabulary import Verdict
from reports.claims.claim import Claim, make_claim
from reports.document.document import Document, read_document
from reports.evidence.key_fate import KeyFate
from reports.report.point_words import list_names, load_point_words
from reports.report.points import ESTABLISHED, Points, describe_points
from reports.report.telling import RoundFacts, RoundResults, Telling, describe_round
from reports.setting.findings import name_groups
from reports.setting.texts import fill

FILE = "送审说明"
MOST_WEAK = 3
MOST_NAMED = 3  # groups behind their plan that are named
NO_PROBLEM = ("no_problem", "no_problem_ranged", "groups_left")


def briefing(facts: RoundFacts, found: RoundResults) -> Document:
    """Write the briefing of a round, on one page of A4."""
    told = describe_round(facts, found)
    points = describe_points(told)
    text = fill(
        "briefing.jinja",
        **told.names(),
        points=points,
        weak=list_weak(told, points),
        keys=say_keys(facts.keys),
    )
    document = read_document(text, {}, author=facts.organiser, day=facts.generated, mark=facts.mark)
    return document.made_compact()


def list_weak(told: Telling, points: Points) -> list[Claim]:
    """At most three weak points: what falls short of the line, then what makes the figure less sure."""
    short = [claim for claim in points.problems if claim.form not in NO_PROBLEM]
    return [*short, *_list_doubts(told, points)][:MOST_WEAK]


def _list_doubts(told: Telling, points: Points) -> Iterator[Claim]:
    county = told.estimate.county
    if county.rate is not None and county.incomplete:
        yield make_claim("missing_shared", groups=list_names(map(name_groups, county.incomplete)))
    if county.verdict == Verdict.MET != told.judgement.verdict:
        yield from (claim for claim in points.main if claim.form == "four")
    if points.evidence and county.evidence not in ESTABLISHED:
        yield points.evidence
    if behind := [group.name for group in told.returns.behind]:
        named = make_claim("groups_behind_named", names=list_names(behind))
        yield named if len(behind) <= MOST_NAMED else make_claim("groups_behind", count=len(behind))
    yield from (claim for claim in points.integrity if claim.form != "unflagged")
    if points.response and told.estimate.received < told.returns.totals.issued:
        yield points.response


def say_keys(fate: KeyFate | None) -> Claim:
    """What became of the key: all of it destroyed, some of it not as far as is noted, or nothing known."""
    if fate is None:
        return make_claim("keys_unknown")
    kept = load_point_words().kept[fate.custody.value]
    if not fate.left:
        return make_claim("keys_destroyed", kept=kept, copies=fate.copies)
    left = list_names(fate.left)
    return make_claim("keys_left", kept=kept, copies=fate.copies, left=len(fate.left), copies_named=left)
