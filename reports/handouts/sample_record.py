"""The record of a draw (抽样情况记录表): plan, changes with their reasons, the drawn list, two signatures."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pandas as pd
from msgspec import Struct

from analysis.column_values import texts, whole_numbers
from analysis.sample.drawing import DrawnSample, draw_positions, sum_design, sum_frame
from analysis.sample.lot import Lot
from analysis.sample.sample_plan import SampleStratum, list_changes
from questionnaires.rule import load_rule
from questionnaires.vocabulary import DrawnUnit, Group
from reports.document.document import Document, read_document
from reports.document.pdf import render_pdf
from reports.document.word import render_docx
from reports.handouts.handout_words import load_handout_words
from reports.setting.findings import name_stratum
from reports.setting.texts import fill

FILE = "抽样情况记录表"
RECORD_FILES = (f"{FILE}.docx", f"{FILE}.pdf")


class RecordLine(Struct, frozen=True, kw_only=True):
    """A stratum as the record says it, as in SampleStratum; `stratum_words` is its name in Chinese."""

    group: str
    stratum_words: str
    people: int
    classes: int
    target: int
    stage: str
    method: str
    draw_schools: int
    draw_classes: int
    draw_people: int
    reason: str


class RecordChange(Struct, frozen=True, kw_only=True):
    """A stratum as it was proposed, and as the office changed it."""

    before: RecordLine
    after: RecordLine


class RecordRow(Struct, frozen=True, kw_only=True):
    """A class or unit that came into the sample: which places on its list are invited, or, if fewer, which are not."""

    unit: str
    class_: str
    stratum_words: str
    people: int
    invited: int
    positions: tuple[int, ...]
    left_out: tuple[int, ...]

    @property
    def whole(self) -> bool:
        """Whether everyone is invited."""
        return self.invited == self.people


class RecordList(Struct, frozen=True, kw_only=True):
    """The drawn classes or units of one group."""

    label: str
    group: str
    in_classes: bool
    rows: tuple[RecordRow, ...]

    @property
    def invited(self) -> int:
        """People invited of the group."""
        return sum(row.invited for row in self.rows)

    @property
    def has_positions(self) -> bool:
        """Whether any row names places on a list."""
        return any(not row.whole for row in self.rows)


class SampleRecord(Struct, frozen=True, kw_only=True):
    """Everything the record of a draw says; sums are SHA-256 in hex."""

    county: str
    rule: str
    population: int
    return_rate: float
    target: int
    invited: int
    seed: str
    drawn_at: str
    drawn_by: str
    frame_sum: str
    design_sum: str
    strata: tuple[RecordLine, ...]
    changes: tuple[RecordChange, ...]
    lists: tuple[RecordList, ...]


class DrawFacts(Struct, frozen=True, kw_only=True):
    """Who drew for whom and when; `invented`: an example county."""

    county: str
    drawn_by: str
    day: date
    invented: bool = False


def describe_sample(sample: DrawnSample, facts: DrawFacts, names: Mapping[str, str]) -> SampleRecord:
    """What the record says; `names` calls units by their codes."""
    rule = load_rule(sample.chosen.rule)
    lists = _lists(sample, names)
    return SampleRecord(
        county=facts.county,
        rule=rule.id,
        population=sample.chosen.population,
        return_rate=sample.chosen.return_rate,
        target=sum(line.target for line in sample.chosen.strata),
        invited=sum(part.invited for part in lists),
        seed=sample.design.seed,
        drawn_at=f"{facts.day.year}年{facts.day.month}月{facts.day.day}日",
        drawn_by=facts.drawn_by,
        frame_sum=sum_frame(sample.frame),
        design_sum=sum_design(sample.design),
        strata=tuple(_line(line) for line in sample.chosen.strata),
        changes=tuple(
            RecordChange(before=_line(before), after=_line(after))
            for before, after in list_changes(sample.proposed, sample.chosen)
        ),
        lists=lists,
    )


def sample_record(sample: DrawnSample, facts: DrawFacts, names: Mapping[str, str]) -> Document:
    """The record as a document, to be signed by two."""
    record = describe_sample(sample, facts, names)
    mark = load_handout_words().invented if facts.invented else ""
    return read_document(
        fill("sample_record.jinja", record=record), {}, author=facts.drawn_by, day=facts.day, mark=mark
    )


def write_record(folder: Path, document: Document) -> list[Path]:
    """Write the record as Word and PDF; raises FontMissingError, with the Word file written, without a typeface."""
    word, pdf = (folder / name for name in RECORD_FILES)
    word.write_bytes(render_docx(document))
    pdf.write_bytes(render_pdf(document))
    return [word, pdf]


def _line(line: SampleStratum) -> RecordLine:
    return RecordLine(
        group=line.group,
        stratum_words=name_stratum(line.stratum),
        people=line.people,
        classes=line.classes,
        target=line.target,
        stage=line.stage,
        method=line.method,
        draw_schools=line.draw_schools,
        draw_classes=line.draw_classes,
        draw_people=line.draw_people,
        reason=line.reason,
    )


def _lists(sample: DrawnSample, names: Mapping[str, str]) -> tuple[RecordList, ...]:
    lists = []
    frame = sample.frame.assign(stratum=sample.chosen.rows)
    for group in Group:
        rows = frame[(frame.group == group.value) & (frame.invited > 0)].sort_values(["stratum", "unit", "class"])
        if len(rows):
            found = tuple(_rows(rows, sample.design.seed, group, names))
            lists.append(
                RecordList(
                    label=group.value, group=group.value, in_classes=any(row.class_ for row in found), rows=found
                )
            )
    return tuple(lists)


def _rows(rows: pd.DataFrame, seed: str, group: Group, names: Mapping[str, str]) -> Iterator[RecordRow]:
    for unit, class_, stratum, people, invited in zip(
        texts(rows.unit),
        texts(rows["class"]),
        texts(rows.stratum),
        whole_numbers(rows.population),
        whole_numbers(rows.invited),
        strict=True,
    ):
        lot = Lot(seed=seed, group=group.value, stratum=stratum, stage=DrawnUnit.PERSON)
        whole = invited == people
        drawn = [] if whole else draw_positions(lot, unit, class_, people, invited)
        left_out = sorted(set(range(1, people + 1)) - set(drawn)) if 2 * len(drawn) > people else []
        yield RecordRow(
            unit=names.get(unit, unit),
            class_=class_,
            stratum_words=name_stratum(stratum),
            people=people,
            invited=invited,
            positions=() if left_out else tuple(drawn),
            left_out=tuple(left_out),
        )
