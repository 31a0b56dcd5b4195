"""The record of a draw: the list, the seed and the sums stand in it, with room for two signatures."""

from datetime import date
from io import BytesIO

import docx
import pytest
from msgspec.structs import replace

from analysis.plan.proposing import propose_sample
from analysis.sample.drawing import DrawnSample, draw_positions, draw_sample, sum_frame
from analysis.sample.lot import Lot
from analysis.sample.sample_plan import apply_changes
from questionnaires.rule import load_rule
from questionnaires.vocabulary import DrawnUnit
from reports.document.pdf import render_pdf
from reports.document.word import render_docx
from reports.handouts.sample_record import DrawFacts, describe_sample, sample_record
from tests.test_drawing import frame_of

FACTS = DrawFacts(county="青山区", drawn_by="王老师", day=date(2026, 11, 27))
FRAME = frame_of()


@pytest.fixture(scope="module")
def sample():
    proposed = propose_sample(load_rule("quality-2024"), FRAME, 100_000)
    first = proposed.strata[0]
    chosen, faults = apply_changes(proposed, [replace(first, draw_classes=first.draw_classes + 1, reason="班子会决定")])
    assert faults == []
    drawn = draw_sample(FRAME, chosen, "20261127")
    return DrawnSample(proposed=proposed, chosen=chosen, frame=drawn.frame, design=drawn.design)


def text_of(document):
    word = docx.Document(BytesIO(render_docx(document)))
    cells = [cell.text for table in word.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(line.text for line in word.paragraphs), *cells])


def test_the_record_holds_the_drawn_list_the_seed_the_reason_and_room_for_two(sample):
    said = text_of(sample_record(sample, FACTS, {"P00": "第一小学"}))
    for piece in ("抽样情况记录表", "青山区", "20261127", "王老师", "班子会决定", "抽样人", "监督人", "1—3年级 镇区"):
        assert piece in said, piece
    record = describe_sample(sample, FACTS, {})
    listed = {(row.unit, row.class_) for part in record.lists for row in part.rows}
    drawn = sample.frame[sample.frame["invited"] > 0]
    assert listed == set(zip(drawn["unit"], drawn["class"], strict=True))
    assert record.invited == drawn["invited"].sum()
    assert "第一小学" in said or "P00" not in {unit for unit, _ in listed}


def test_the_places_on_a_list_are_those_that_the_seed_draws(sample):
    for part in describe_sample(sample, FACTS, {}).lists:
        for row in part.rows:
            if row.whole:
                assert (row.positions, row.left_out) == ((), ())
                continue
            (stratum,) = {
                name
                for name, unit, class_, group in zip(
                    sample.chosen.rows, FRAME["unit"], FRAME["class"], FRAME["group"], strict=True
                )
                if (unit, class_, group) == (row.unit, row.class_, part.group)
            }
            lot = Lot(seed="20261127", group=part.group, stratum=stratum, stage=DrawnUnit.PERSON)
            drawn = set(draw_positions(lot, row.unit, row.class_, row.people, row.invited))
            assert drawn == (set(row.positions) or set(range(1, row.people + 1)) - set(row.left_out))


def test_the_sums_change_with_one_person_and_not_with_the_order_of_rows():
    assert sum_frame(FRAME) == sum_frame(FRAME.iloc[::-1])
    other = FRAME.assign(population=FRAME["population"].where(FRAME.index > 0, FRAME["population"] + 1))
    assert sum_frame(FRAME) != sum_frame(other)


def test_the_same_draw_gives_the_same_bytes(sample):
    documents = [sample_record(sample, FACTS, {}) for _ in range(2)]
    assert render_docx(documents[0]) == render_docx(documents[1])
    assert render_pdf(documents[0]) == render_pdf(documents[1])


def test_a_record_without_changes_says_so(sample):
    same = DrawnSample(proposed=sample.chosen, chosen=sample.chosen, frame=sample.frame, design=sample.design)
    assert "没有改动。" in text_of(sample_record(same, FACTS, {}))
