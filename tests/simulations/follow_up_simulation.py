"""A school's people are asked again: how often a class that was filled to its size is found, and an honest one listed.

    .venv/bin/python -m tests.simulations.follow_up_simulation [--draws 5] [--seed 5000]

The table of docs/method.md has 200 draws a row.
"""

import argparse
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from statsmodels.stats.multitest import multipletests

from analysis.integrity.form_answers import read_answers
from analysis.integrity.said_so import fewer_say_so
from questionnaires.integrity_limits import FEWER_SAY_SO
from questionnaires.paper import load_paper
from questionnaires.rule import load_rule

CLASS = 40
Counts = npt.NDArray[np.int64]


class FollowUp(NamedTuple):
    """So many of each class of 40 are drawn and asked; the first `stuffed` classes were filled to their size.

    `own`: the share of a stuffed class's people who answered themselves; `answering`: that of the others, between
    these; `reached`: of those asked; `forgetting`: of those who answered and are reached, one by one.
    """

    asked: int
    stuffed: int = 1
    classes: int = 24
    schools: int = 1
    own: float = 0.3
    answering: tuple[float, float] = (0.6, 0.95)
    reached: float = 0.85
    forgetting: float = 0.1


HONEST = FollowUp(20, stuffed=0, classes=12, schools=5, answering=(0.8, 0.8), reached=1.0)
FOLLOW_UPS = {
    **{
        f"{asked} of each class asked, {stuffed} of 24 stuffed": FollowUp(asked, stuffed)
        for asked in (2, 5, 10, 20)
        for stuffed in (1, 8, 12)
    },
    "20 asked, half of the stuffed class answered": FollowUp(20, own=0.5),
    "40 asked, half of the stuffed class answered": FollowUp(40, own=0.5),
    "20 asked, half of them reached": FollowUp(20, reached=0.5),
    "10 asked, half of them reached": FollowUp(10, reached=0.5),
    "5 schools of 12, none stuffed, all reached": HONEST,
    "the same where a fifth forgets": HONEST._replace(forgetting=0.2),
}


def follow_up(asked: FollowUp, draws: int, seed: int) -> dict[str, float]:
    """Shares of stuffed and of honest classes that are listed, and of draws in which any honest one is.

    Only what people say is drawn: it is judged beside itself alone, whatever the other checks find.
    """
    paper, rule = load_paper("social-2026"), load_rule("quality-2024")
    number = np.arange(asked.schools * asked.classes)
    rng = np.random.default_rng(seed)
    unit, place = number // asked.classes, [f"class/{row:03}" for row in number]
    places = pd.DataFrame({"group": "parent", "unit": unit, "place": place, "people": CLASS, "asked": asked.asked})
    forms = places.loc[np.repeat(number, rule.smallest), ["group", "place"]].reset_index(drop=True)
    answers = read_answers(forms.assign(**dict.fromkeys(paper.item_ids, 4)), paper, rule)
    assert answers.owners.place.tolist() == place
    stuffed = number < asked.stuffed
    listed = np.zeros((draws, len(number)), bool)
    for draw in range(draws):
        said = fewer_say_so(answers, places.assign(**_ask(asked, stuffed, rng)), rule)[FEWER_SAY_SO]
        surprising = multipletests(said.p, alpha=rule.integrity.false_discovery.value, method="fdr_bh")[0]
        listed[draw] = surprising & said.beyond
    honest = listed[:, ~stuffed]
    power = listed[:, stuffed].mean() if asked.stuffed else np.nan
    return {"found": power, "honest listed": honest.mean(), "any honest": honest.any(axis=1).mean()}


def _ask(asked: FollowUp, stuffed: npt.NDArray[np.bool_], rng: np.random.Generator) -> dict[str, Counts]:
    """How many forms were sent in of each class, and how many of those asked say that they never answered."""
    answered = rng.binomial(CLASS, np.where(stuffed, asked.own, rng.uniform(*asked.answering, len(stuffed))))
    of_asked = rng.hypergeometric(answered, CLASS - answered, asked.asked)
    no = rng.binomial(of_asked, asked.forgetting) + asked.asked - of_asked
    return {"sent": np.where(stuffed, CLASS, answered), "said_no": rng.binomial(no, asked.reached)}


def main() -> None:
    """Print a row for each of FOLLOW_UPS."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--draws", type=int, default=5)
    parser.add_argument("--seed", type=int, default=5000)
    options = parser.parse_args()
    table = {name: follow_up(asked, options.draws, options.seed) for name, asked in FOLLOW_UPS.items()}
    print(f"re-contact, {options.draws} draws a row: shares of classes listed, and of draws with an honest one")
    print(pd.DataFrame(table).T.to_string(float_format="{:.4f}".format))


if __name__ == "__main__":
    main()
