"""What is told of answers that were read for a round: counts by group and unit, and what was left out by its row."""

from collections import Counter
from collections.abc import Iterator, Sequence

from questionnaires.vocabulary import Group, place_in_list
from survey_app.imported_forms.form_files import Place, RowPlace, list_rows
from survey_app.imported_forms.imported_words import IMPORTED_WORDS as WORDS
from survey_app.imported_forms.storing_imported import Intake


def intake_lines(intake: Intake) -> Iterator[str]:
    """The counts of the files, in sentences; no answer, no sum or mean of any."""
    read = intake.read
    yield WORDS.read.format(rows=read.rows, sheets="、".join(read.sheets))
    if intake.fresh:
        yield WORDS.taken.format(n=intake.fresh.total(), groups=say_groups(intake.fresh))
    else:
        yield WORDS.nothing_new
    if intake.known:
        yield WORDS.left_known.format(n=intake.known.total(), groups=say_groups(intake.known))
    if read.blank:
        yield WORDS.left_blank.format(n=len(read.blank), **_rows(read.blank))
    if read.twins:
        yield WORDS.left_twin.format(n=len(read.twins), **_rows(read.twins))
    if read.unnumbered:
        yield WORDS.unnumbered.format(n=read.unnumbered)
    if read.alike:
        yield WORDS.alike.format(n=read.alike)
    yield from read.notes


def unit_lines(intake: Intake) -> Iterator[str]:
    """The new forms of each group and unit, a line each."""
    counts: Counter[tuple[int, str, str]] = Counter()
    for place, n in intake.fresh.items():
        counts[place_in_list(Group, place.group), place.group, place.unit] += n
    for (_, group, unit), n in sorted(counts.items()):
        yield WORDS.unit.format(group=Group(group).zh, unit=unit, n=n)


def say_groups(counted: Counter[Place]) -> str:
    """Counts by group, in the order everything lists groups."""
    groups: Counter[str] = Counter()
    for place, n in counted.items():
        groups[place.group] += n
    return "、".join(WORDS.group.format(group=group.zh, n=groups[group]) for group in Group if groups[group])


def _rows(found: Sequence[RowPlace]) -> dict[str, str]:
    return list_rows([place.row for place in found])
