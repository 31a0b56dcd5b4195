"""How answering went, by group, on the screen: sums that a closed round published."""

from collections.abc import Iterator, Mapping

from analysis.round_counts import CourseCounts
from questionnaires.vocabulary import Group
from reports.document.document import Paragraph, Table
from reports.screen.rows import CourseWords, load_result_words


def describe_course(course: Mapping[str, CourseCounts]) -> Iterator[Paragraph | Table]:
    """What it is and a row for each group, or that there is nothing to show."""
    words = load_result_words().course
    if not course:
        yield Paragraph((words.none,))
        return
    yield Paragraph((words.about,))
    yield Table(
        caption=words.caption,
        unit="",
        head=words.heads,
        numeric=(False, *[True] * (len(words.heads) - 1)),
        rows=tuple(tuple(_row(group, counts, words)) for group, counts in course.items()),
        notes=(),
    )


def _row(group: str, counts: CourseCounts, words: CourseWords) -> Iterator[str]:
    yield Group(group).zh
    yield str(counts.forms)
    yield words.within.format(n=counts.median) if counts.median <= LONGEST else words.longer
    shown = (*counts.minutes, counts.first_answer[0], counts.opened[0], counts.reached_last, *counts.review_edits)
    yield from (words.hidden if n is None else str(n) for n in shown)


LONGEST = 5
"""Minutes up to which the median has a bound."""
