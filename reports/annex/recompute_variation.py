"""The coefficients of variation from the schools' values, with formulas that a spreadsheet computes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from xlsxwriter.utility import xl_col_to_name

from analysis.indicators.sections import STAGE_NAMES
from analysis.standard import Standard
from analysis.verdict import Judgement
from analysis.verdict.school_findings import JudgedSchool, StageFinding
from reports.annex.recompute_words import load_recompute_words
from reports.annex.school_tables import decimals_of
from reports.annex.tables import AnnexTable, Cell, build_table, count_decimals, limit_figure
from reports.setting.figures import coefficient

FIRST = 5  # the spreadsheet's row of the first school
FIXED = 4  # columns before the indicators'
WIDTH = 16.0
MOST_DECIMALS = 12


def variation_tables(judgement: Judgement, standard: Standard, source: str) -> Iterator[AnnexTable]:
    """A table for each stage with schools: pupils and published values, mean, deviation, coefficient."""
    words = load_recompute_words()
    for stage in ("primary", "junior"):
        sheet = _Sheet(judgement=judgement, standard=standard, stage=stage)
        if sheet.schools:
            heads = tuple((f"{found.title}（{found.unit}）", WIDTH) for found in sheet.findings.values())
            columns = (*words.variations.columns, *heads)
            table = build_table(words.variations, sheet.rows(), columns=columns, stage=STAGE_NAMES[stage])
            yield replace(table, source=source)


@dataclass(frozen=True, kw_only=True)
class _Sheet:
    """The rows of one stage: the schools from row FIRST on, then what they come to, a column an indicator."""

    judgement: Judgement
    standard: Standard
    stage: str

    @property
    def schools(self) -> list[JudgedSchool]:
        """The schools of the stage."""
        return [school for school in self.judgement.dimensions.resources.schools if school.stage == self.stage]

    @property
    def findings(self) -> dict[str, StageFinding]:
        """What was found of each indicator."""
        found = self.judgement.dimensions.resources.indicators
        return {key: stages[self.stage] for key, stages in found.items() if self.stage in stages}

    def rows(self) -> list[list[Cell]]:
        """The schools, then mean, deviation, coefficient, the printed one, its limit and whether they agree."""
        words = load_recompute_words().variation_rows
        names = (words.mean, words.sd, words.cv, words.told, words.limit, words.agrees)
        sums = [self._sums(FIXED + place, key) for place, key in enumerate(self.findings)]
        below = [
            [Cell(""), Cell(""), Cell(name), Cell(""), *cells]
            for name, cells in zip(names, zip(*sums, strict=True), strict=True)
        ]
        return [*(self._school_row(number, school) for number, school in enumerate(self.schools, 1)), *below]

    def _school_row(self, number: int, school: JudgedSchool) -> list[Cell]:
        return [
            Cell(number),
            Cell(school.school),
            Cell(school.name),
            Cell(school.pupils),
            *(Cell(school.values.get(key), decimals_of(self.standard, key)) for key in self.findings),
        ]

    def _sums(self, column: int, key: str) -> Sequence[Cell]:
        """What stands below the schools in one indicator's column."""
        found = self.findings[key]
        limit = self.standard.variation.of(self.stage)
        if found.cv is None or found.mean is None:
            return [*[Cell(None)] * 4, limit_figure(limit), Cell(None)]
        name = xl_col_to_name(column)
        last = FIRST + len(self.schools) - 1
        pupils = f"$D${FIRST}:$D${last}"
        values = f"{name}{FIRST}:{name}{last}"
        mean = f"{name}{last + 1}"
        deviation = f"=SQRT(SUMPRODUCT({pupils},({values}-{mean})^2)/SUM({pupils}))"
        printed = coefficient(found.cv, limit.value)
        places = count_decimals(float(printed), MOST_DECIMALS)
        shown = max(places, 3)
        return [
            Cell(found.mean, 6, formula=f"=SUMPRODUCT({pupils},{values})/SUM({pupils})"),
            Cell(found.cv * found.mean, 6, formula=deviation),
            Cell(found.cv, max(shown, 6), formula=f"={name}{last + 2}/{mean}"),
            Cell(float(printed), shown),
            limit_figure(limit),
            _agrees(f"{name}{last + 3}", f"{name}{last + 4}", shown),
        ]


def _agrees(computed: str, printed: str, places: int) -> Cell:
    words = load_recompute_words()
    test = f"ROUND({computed},{places})=ROUND({printed},{places})"
    return Cell(words.same, formula=f'=IF({test},"{words.same}","{words.other}")')
