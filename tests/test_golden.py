"""What a report says in each case, as it was read and found true: tests/golden holds the texts.

With SURVEY_GOLDEN=1 they are written anew, to be read again before they are kept.
"""

import os
from pathlib import Path

import pandas as pd
import pytest

from reports.charts.charts import Chart, Marks, Panels
from reports.document.document import Heading, Paragraph
from tests.judged_json import judge, typed
from tests.test_insert import incomplete
from tests.test_section import (
    CLOSE,
    FACTS,
    NOT_MET,
    SCHOOL,
    judgement_of,
    no_forms,
    recognition_of,
    status_of,
    text_of,
)
from tests.test_selfcheck import EARLIER
from tests.told_json import insert, section

GOLDEN = Path(__file__).parent / "golden"
PARTS = ("一、", "四、", "五、", "六、", "七、", "九、")
TURNED = (("pooled", 0.8, "not_met"), ("strict", 0.7, "not_met"))


def one_school(recognition):
    rows = pd.DataFrame([{"school": "P01", "stage": "primary"} | SCHOOL])
    schools = pd.DataFrame([{"code": "P01", "name": "城关小学", "kind": "primary"}])
    return typed(judge(FACTS.standard, schools, rows, pd.DataFrame(columns=["indicator"]), recognition))


CASES = {
    "met": (recognition_of, judgement_of, [EARLIER]),
    "not-met": (lambda: recognition_of(**NOT_MET), judgement_of, [EARLIER]),
    "undetermined": (recognition_of, lambda found: judgement_of(found, Q9b=None, V1=None), [EARLIER]),
    "not-distinguishable": (lambda: recognition_of(**CLOSE), judgement_of, [EARLIER]),
    "incomplete-group": (incomplete, judgement_of, [EARLIER]),
    "another-choice-turns-it": (lambda: recognition_of(sensitivity=TURNED), judgement_of, [EARLIER]),
    "no-forms": (no_forms, judgement_of, [EARLIER]),
    "one-school": (recognition_of, one_school, [EARLIER]),
    "no-former-round": (recognition_of, judgement_of, []),
}


def sentences_of(document):
    """The headings, paragraphs and titles of charts of the parts that change from case to case."""
    part, kept = "", []
    for block in document.blocks:
        if isinstance(block, Heading) and block.level == 1:
            part = block.text
        if isinstance(block, Heading | Paragraph) and (not part or part.startswith(PARTS)):
            kept += [block.text] if isinstance(block, Heading) else block.lines
        if isinstance(block, Chart | Marks | Panels):
            kept.append(block.caption)
    return "\n".join(kept)


@pytest.mark.parametrize("case", CASES)
def test_each_case_reads_as_it_was_found_true(case):
    recognise, judged, former = CASES[case]
    recognition = recognise()
    status = status_of(forms=0 if case == "no-forms" else 100)
    results = (FACTS, status, recognition, judged(recognition))
    text = f"{sentences_of(section(*results, former))}\n\n{'—' * 20}\n\n{text_of(insert(*results))}\n"
    path = GOLDEN / f"{case}.txt"
    if os.environ.get("SURVEY_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
