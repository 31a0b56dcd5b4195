"""One survey in sums: places, weights, cells and estimates, under the groups that may be shown."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.cells.tallying import HEADLINE, joint_items, tally, valid_forms
from analysis.disclosure import answers_by_group, hidden_measures, join_groups, joined, joined_weights
from analysis.estimate import weighted_share
from analysis.estimate.recontact import ROWS, gather_revisits
from analysis.integrity.integrity_findings import Integrity
from analysis.many_rows import count_owners, name_owners, number_rows, take_rows
from analysis.places import partition, place_forms
from analysis.sample import Design, complete_design
from analysis.weights import design_weights
from analysis.weights.design_weights import Owner
from analysis.weights.joining import Homes, Joined, join_places, move_forms
from analysis.weights.margins import FrameCells, frame_cells, shown_cells
from analysis.weights.rule_shares import by_own_group, keep_rule_shares
from questionnaires.integrity_limits import FEWER_SAY_SO, FULL_CHECKS
from questionnaires.paper import Paper
from questionnaires.rule import Rule, count_by_papers

NO_ESTIMATES = ["domain", "measure", "n", "lonely_strata", "estimate", "se", "df", "deff", "lower", "upper", "n_eff"]

NO_REVISITS = pd.DataFrame(
    {"counted_in": pd.Series(dtype=object), "y": pd.Series(dtype=float), "n": pd.Series(dtype=int)}
)[ROWS]


class Survey(NamedTuple):
    """One survey in sums, under the groups that may be shown.

    `places`: of design_weights; `cells`; `labels`: group -> where it is shown (`disclosure.join_groups`);
    `weights`: the rule's, by those; `counts`: population, invited, received, valid by those, and those of a
    group left out under its own name; `hidden`: (group, measure) that may not be shown; `estimates`: of
    weighted_share, without the hidden; `raked`: of `margins.frame_cells`, under the groups that may be
    shown; `integrity`: the forms that need a second look.

    What all of it follows from, before groups were joined (it may not be shown): `drawn`, the places with
    the frame's own group in `listed_as`; `tallied`, the cells; `received`, the forms that came, by group;
    `design`, how the sample was drawn. Where places were joined all of it but the integrity checks stands on the
    joined ones, and `homes` tells where each fine (group, place) went. `revisits`: what those said who were asked again
    (`estimate.recontact.gather_revisits`); none of it is in anything else. `sent_in`: by group and unit how many sent
    something in, where not all of it counts; it is public, and decides what may be told beside it.
    """

    places: pd.DataFrame
    cells: pd.DataFrame
    labels: dict[str, str]
    weights: dict[str, float]
    counts: pd.DataFrame
    hidden: set[tuple[str, str]]
    estimates: pd.DataFrame
    raked: FrameCells | None
    integrity: Integrity
    drawn: pd.DataFrame
    tallied: pd.DataFrame
    received: dict[str, int]
    design: Design
    homes: Homes
    revisits: pd.DataFrame
    sent_in: Mapping[str, Mapping[str, int]] = MappingProxyType({})


def measure_survey(
    forms: pd.DataFrame,
    frame: pd.DataFrame,
    rule: Rule,
    *papers: Paper,
    bursts: pd.DataFrame | None = None,
    networks: pd.DataFrame | None = None,
    follow_ups: pd.DataFrame | None = None,
    design: Design | None = None,
    join: bool = False,
    revisits: pd.DataFrame | None = None,
) -> Survey:
    """Places, weights, cells and estimates of one survey; groups too small to show are joined or left out.

    `forms` come with (group, place) or (group, unit, class), `frame` with or without places, and with
    `kept_in` where forms are stored under joined groups (`disclosure.groups_to_keep`); its groups that the
    rule does not ask are no part of the survey. `papers` are all of the survey's, so that small groups find
    company on theirs; `bursts` is the ledger, `networks` whence forms came, `follow_ups` who said so when asked again
    (`integrity.check_integrity`); without a declared `design` the frame
    is read at its most careful (`sample.complete_design`); `join`: count on places of enough answered forms
    (`weights.joining`), after the integrity checks saw the fine ones; `revisits` are those of a re-contact.
    Raises ValueError for forms from outside the frame and for papers that ask by different ids.
    """
    paper = joint_items(papers)
    rule = count_by_papers(rule, papers)
    asked = frame[frame.group.isin(rule.groups)].reset_index(drop=True)
    drawn_as = complete_design(design, asked, rule.id)
    kept: dict[str, str] = dict(zip(asked.group, asked.get("kept_in", asked.group), strict=True))
    asked = asked.assign(listed_as=asked.group, group=asked.group.map(kept))
    places = asked if "place" in asked else partition(asked, rule)
    placed = _place(forms, places)
    valid = take_rows(placed, valid_forms(placed, paper, rule))
    drawn = design_weights(places, valid, rule, drawn_as)
    integrity = _check_integrity(valid, drawn, paper, rule, bursts=bursts, networks=networks, follow_ups=follow_ups)
    again = (
        NO_REVISITS
        if revisits is None or revisits.empty
        else _tally_again(_place(revisits, places), paper, rule, drawn)
    )
    received = count_owners(placed)
    homes: Homes = {}
    if join:
        units = join_places(drawn, papers, rule, drawn_as)
        homes = units.homes
        cells = _tally_moved(_marked(valid, integrity), drawn, units, paper, rule)
        drawn = units.drawn
    else:
        cells = tally(_marked(valid, integrity), paper, rule, drawn)
    sums = Sums(cells, drawn, _received(received, homes), integrity, drawn_as, homes, again)
    return survey_of(sums, rule, *papers)


def _place(forms: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    return forms if "place" in forms else place_forms(forms, places)


def _tally_again(forms: pd.DataFrame, paper: Paper, rule: Rule, places: pd.DataFrame) -> pd.DataFrame:
    """Valid forms of a re-contact by group and value of the headline."""
    cells = tally(forms, paper, rule, places)
    rows = cells[(cells.measure == HEADLINE) & (cells.n > 0)].rename(columns={"group": "counted_in"})
    return rows.groupby(["counted_in", "y"], as_index=False, observed=True)[["n"]].sum()


def _tally_moved(forms: pd.DataFrame, fine: pd.DataFrame, units: Joined, paper: Paper, rule: Rule) -> pd.DataFrame:
    """The cells on joined places; groups that are kept together still count as the rule weighs them."""
    cells = tally(move_forms(forms, units.homes), paper, rule, units.drawn)
    labels = {group: home[0] for (group, _), home in units.homes.items() if home[0] != group}
    if not labels:
        return cells
    apart = tally(forms[forms.group.isin(labels)], paper, rule, fine[fine.group.isin(labels)])
    by_rule: dict[str, float] = {group: float(part) for group, part in rule.weights.value.items()}
    return by_own_group(cells, apart, labels, by_rule)


def _received(came: Mapping[Owner, int], homes: Homes) -> dict[str, int]:
    """The forms that came, by the group that they are counted in."""
    received: dict[str, int] = {}
    for owner, forms in sorted(came.items()):
        group, _ = homes[owner] if homes else owner
        received[group] = received.get(group, 0) + forms
    return received


def _check_integrity(
    forms: pd.DataFrame, places: pd.DataFrame, paper: Paper, rule: Rule, **came: pd.DataFrame | None
) -> Integrity:
    """As `check_integrity`, whose distributions take a second to read: only who measures a survey waits for them."""
    from analysis.integrity.checking import check_integrity

    return check_integrity(forms, places, paper, rule, **came)


def _marked(forms: pd.DataFrame, integrity: Integrity) -> pd.DataFrame:
    """The forms with what the checks flagged and what they only listed; the later marks only where there are any."""
    owners = number_rows(forms, ["group", "place"])
    names = name_owners(owners.values)
    listed = np.array(integrity.is_listed(names), bool)
    later = {
        "full": np.array(integrity.is_listed(names, FULL_CHECKS), bool),
        "doubted": np.array(integrity.is_listed(names, (FEWER_SAY_SO,)), bool),
    }
    marked = forms.assign(flagged=integrity.flagged, listed=listed[owners.of])
    return marked.assign(**{mark: among[owners.of] for mark, among in later.items() if among.any()})


class Sums(NamedTuple):
    """What a survey follows from: cells, weighed places, forms received by group, what was flagged, the design.

    `homes` as in `Survey`; `revisits` before or after they were gathered.
    """

    tallied: pd.DataFrame
    drawn: pd.DataFrame
    received: dict[str, int]
    integrity: Integrity
    design: Design
    homes: Mapping[Owner, Owner] = MappingProxyType({})
    revisits: pd.DataFrame = NO_REVISITS


def survey_of(sums: Sums, rule: Rule, *papers: Paper) -> Survey:
    """The survey that follows from its sums."""
    tallied = sums.tallied
    drawn = sums.drawn
    kept: dict[str, str] = dict(zip(drawn.listed_as, drawn.group, strict=True))
    shown = join_groups(answers_by_group(tallied), papers, rule.smallest)
    labels = shown | {group: shown.get(label, label) for group, label in kept.items()}
    raked = frame_cells(tallied, drawn)
    by_rule: dict[str, float] = {group: float(part) for group, part in rule.weights.value.items()}
    cells = joined(keep_rule_shares(tallied, labels, by_rule), labels)
    estimates = _estimates(cells, rule)
    hidden = hidden_measures(estimates, joint_items(papers), rule.smallest)
    may_show = [spot not in hidden for spot in zip(estimates.domain, estimates.measure, strict=True)]
    return Survey(
        places=joined(drawn, labels),
        cells=cells,
        labels=labels,
        weights=joined_weights(by_rule, labels),
        counts=_counts(drawn, sums.received, tallied, labels),
        hidden=hidden,
        estimates=estimates[pd.Series(may_show, index=estimates.index, dtype=bool)],
        raked=raked and shown_cells(raked, labels, by_rule),
        integrity=sums.integrity,
        drawn=drawn,
        tallied=tallied,
        received=sums.received,
        design=sums.design,
        homes=dict(sums.homes),
        revisits=gather_revisits(sums.revisits, labels),
    )


def _estimates(cells: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    if not cells.n.any():
        return pd.DataFrame(columns=NO_ESTIMATES)
    return weighted_share(cells, confidence=rule.confidence.value, threshold=rule.threshold.value)


def _counts(
    drawn: pd.DataFrame, received: Mapping[str, int], tallied: pd.DataFrame, labels: Mapping[str, str]
) -> pd.DataFrame:
    counts = drawn.groupby("group")[["population", "invited"]].sum()
    counts["received"] = pd.Series(received, dtype=float)
    counts["valid"] = tallied[tallied.measure == HEADLINE].groupby("group", observed=True).n_forms.sum()
    names = [labels.get(group, group) or group for group in counts.index]
    return counts.fillna(0).astype(int).groupby(names).sum()
