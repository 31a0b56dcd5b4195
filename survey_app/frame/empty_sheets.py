"""Empty sheets to fill in, with the questions and options of the papers that a rule asks."""

from pathlib import Path

from questionnaires.rule import Rule, load_papers
from survey_app.frame.county_rows_to_fill import county_rows, figure_rows
from survey_app.frame.importing import USUAL_STANDARD
from survey_app.frame.sheets import write_template


def write_empty_sheet(kind: str, path: Path, rule: Rule, standard: str = USUAL_STANDARD) -> None:
    """Write an empty sheet of one of KINDS as CSV or XLSX, by the path's suffix.

    A county sheet has a row for every id that the standard asks the county for, with wording, unit and line; one of raw
    figures a row for each, with its unit and the indicator that is computed of it. A sheet of
    answers has the items of the rule's papers; an option that papers word differently has every wording.
    """
    papers = load_papers(rule)
    labels: dict[int, dict[str, None]] = {}
    for option in (option for paper in papers for option in paper.options):
        labels.setdefault(option.value, {})[option.label] = None
    options = {value: "/".join(wordings) for value, wordings in labels.items()}
    begun = {"county": lambda: county_rows(standard), "figures": figure_rows}
    filled = begun[kind]() if kind in begun else None
    write_template(kind, path, items=papers[0].item_ids, options=options, filled=filled)
