"""Everything that a judgement finds below its line, school by school and for the county: what becomes a problem."""

from collections.abc import Iterator

from analysis.sentences import say
from analysis.standard import Standard
from analysis.verdict.judgement import ConditionFinding, GoalFinding, IndicatorFinding, Judgement
from analysis.verdict.judging import RECOGNITION
from analysis.verdict.ledgers import UnmetRow, unmet_ledger
from analysis.verdict.records import Record
from questionnaires.vocabulary import Verdict

CV = "cv"


class UnmetLine(Record, frozen=True, kw_only=True):
    """One line that is not met: of a school's section, or of the county, where `school` is empty.

    School, stage, indicator and `part` tell it from every other line of a judgement; `lead` and `cooperating` units
    answer for it.
    """

    school: str
    stage: str
    indicator: str
    part: str
    text: str
    lead: tuple[str, ...]
    cooperating: tuple[str, ...]


def list_unmet(judgement: Judgement, standard: Standard) -> list[UnmetLine]:
    """Every line that is not met: schools, variations, indicators, recognition, goals, preconditions, vetoes."""
    return [
        *_school_lines(judgement, standard),
        *_variation_lines(judgement, standard),
        *_indicator_lines(judgement, standard),
        *_recognition_lines(judgement, standard),
        *_other_lines((*judgement.goals, *judgement.preconditions, *judgement.vetoes), standard),
    ]


def _school_lines(judgement: Judgement, standard: Standard) -> Iterator[UnmetLine]:
    for row in unmet_ledger(judgement, standard):
        lead, cooperating = standard.answering(row.indicator)
        yield UnmetLine(
            school=row.school,
            stage=row.stage,
            indicator=row.indicator,
            part=row.part,
            text=say("unmet.line", title=name_row(row, standard), text=row.text),
            lead=tuple(lead),
            cooperating=tuple(cooperating),
        )


def name_row(row: UnmetRow, standard: Standard) -> str:
    """What a row of the ledger is about: the indicator, and in brackets the requirement of it that fails."""
    title = standard.indicators[row.indicator].title
    return say("unmet.part", title=title, part=row.title) if row.part and row.title != title else title


def _variation_lines(judgement: Judgement, standard: Standard) -> Iterator[UnmetLine]:
    for key, stages in judgement.dimensions.resources.indicators.items():
        for stage, found in stages.items():
            if found.cv_verdict == Verdict.NOT_MET:
                text = say("unmet.cv", title=found.title, reason=found.cv_reason)
                yield _county_line(key, text, standard, stage=stage, part=CV)


def _indicator_lines(judgement: Judgement, standard: Standard) -> Iterator[UnmetLine]:
    """Indicators of guarantee and quality by their parts; a part that fails at schools is told school by school."""
    for dimension in (judgement.dimensions.guarantee, judgement.dimensions.quality):
        for key, found in dimension.indicators.items():
            if found.verdict == Verdict.NOT_MET:
                yield from _failed_parts(key, found, standard)


def _failed_parts(key: str, found: IndicatorFinding, standard: Standard) -> Iterator[UnmetLine]:
    failed = [part for part in found.parts if part.verdict == Verdict.NOT_MET]
    for part in failed:
        if not part.short:
            text = say("unmet.line", title=part.title or found.title, text=part.reason)
            yield _county_line(key, text, standard, stage=part.stage, part=part.id)
    if not failed:
        yield _county_line(key, say("unmet.line", title=found.title, text=found.reason), standard)


def _recognition_lines(judgement: Judgement, standard: Standard) -> Iterator[UnmetLine]:
    recognition = judgement.dimensions.recognition
    if recognition.verdict == Verdict.NOT_MET:
        yield _county_line(RECOGNITION, recognition.reason, standard)


def _other_lines(findings: tuple[GoalFinding | ConditionFinding, ...], standard: Standard) -> Iterator[UnmetLine]:
    for found in findings:
        if found.verdict == Verdict.NOT_MET:
            yield _county_line(found.id, say("unmet.line", title=found.title, text=found.reason), standard)


def _county_line(key: str, text: str, standard: Standard, *, stage: str = "", part: str = "") -> UnmetLine:
    lead, cooperating = standard.answering(key)
    return UnmetLine(
        school="",
        stage=stage,
        indicator=key,
        part=part,
        text=text,
        lead=tuple(lead),
        cooperating=tuple(cooperating),
    )
