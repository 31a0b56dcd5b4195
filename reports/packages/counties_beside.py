"""Counties side by side from their signed packages, as lines for a person."""

from collections.abc import Iterator, Sequence

from msgspec import to_builtins

from analysis.indicators.sections import STAGE_NAMES
from analysis.verdict.side_by_side import CountyColumn, describe_county
from questionnaires.bad_input import BadInputError
from reports.packages.county_package import Package
from reports.packages.package_check import find_changes
from reports.packages.package_words import load_package_words
from reports.setting.figures import NONE, coefficient, percent


class ChangedPackageError(BadInputError):
    """Packages that are not as they were signed; `problems` are sentences, one a fault."""

    def __init__(self, *problems: str):
        self.problems = problems
        super().__init__("\n".join(problems))


def compare_packages(packages: Sequence[tuple[str, Package]]) -> list[CountyColumn]:
    """One column a package, in the order given; raises ChangedPackageError with every fault of every package."""
    faults = [f"{name}：{fault}" for name, package in packages for fault in find_changes(package)]
    if faults:
        raise ChangedPackageError(*faults)
    smallest = load_package_words().smallest
    return [
        describe_county(package.judgement, to_builtins(package.problems), smallest, package.key)
        for _, package in packages
    ]


def comparison_lines(columns: Sequence[CountyColumn]) -> Iterator[str]:
    """A block a county: who, the register, and each indicator."""
    words = load_package_words()
    for column in columns:
        yield words.county.format(
            county=column.county,
            year=column.school_year,
            standard=column.standard,
            verdict=column.verdict.zh,
            rate=percent(column.rate),
            key=column.key,
        )
        problems = column.problems
        yield words.problems.format(
            open=_say(problems.open), overdue=_say(problems.overdue), closed=_say(problems.closed)
        )
        yield from _indicator_lines(column)


def _indicator_lines(column: CountyColumn) -> Iterator[str]:
    words = load_package_words()
    for indicator, stages in column.resources.items():
        for stage, shown in stages.items():
            yield words.stage.format(
                indicator=indicator,
                stage=STAGE_NAMES[stage],
                met=NONE if shown.hidden else shown.met,
                schools=_say(shown.schools),
                cv=coefficient(shown.cv),
                verdict=shown.verdict.zh,
            )
    for indicator, verdict in column.indicators.items():
        yield words.indicator.format(indicator=indicator, verdict=verdict.zh)


def _say(number: int | None) -> str:
    words = load_package_words()
    return words.hidden.format(smallest=words.smallest) if number is None else str(number)
