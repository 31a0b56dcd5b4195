"""How answering went, by group: sums of what the boxes of a closed round told, and none of a few people."""

from collections import Counter
from collections.abc import Mapping, Sequence

from analysis.round_counts import CourseCounts
from questionnaires.paper import load_paper
from questionnaires.vocabulary import Group
from survey_app.answering.answer_course import BINS, MINUTES, MOST_EDITS, MOST_OPENED, Course

Courses = Counter[tuple[Group, Course]]


def count_courses(courses: Courses, papers: Sequence[str], smallest: int) -> dict[str, CourseCounts]:
    """The sums of each group of which at least `smallest` phones told something."""
    found = {}
    for group in Group:
        own = {course: n for (of, course), n in courses.items() if of == group}
        if sum(own.values()) >= smallest:
            paper = next(paper for paper in map(load_paper, papers) if group in paper.groups)
            found[group.value] = _count(own, len(paper.items), smallest)
    return found


def _count(courses: Mapping[Course, int], items: int, smallest: int) -> CourseCounts:
    opened = [0] * MOST_OPENED
    first = [0] * BINS
    minutes = [0] * BINS
    edits = [0] * (MOST_EDITS + 1)
    reached = [0, 0]
    for course, n in courses.items():
        opened[course.opened - 1] += n
        first[course.first] += n
        minutes[course.minutes] += n
        edits[course.edits] += n
        reached[course.last >= items] += n
    return CourseCounts(
        forms=sum(minutes),
        opened=hide_few(opened, smallest),
        first_answer=hide_few(first, smallest),
        minutes=hide_few(minutes, smallest),
        review_edits=hide_few(edits, smallest),
        reached_last=hide_few(reached, smallest)[1],
        median=find_median(minutes),
    )


def hide_few(counts: Sequence[int], smallest: int) -> tuple[int | None, ...]:
    """The counts that stand for `smallest` or more; what is hidden together is none or as many, by their sum, too.

    >>> hide_few([40, 3, 0, 25, 11], 10)
    (40, None, None, 25, None)
    >>> hide_few([40, 3, 8], 10), hide_few([60, 0, 0], 10)
    ((40, None, None), (60, None, None))
    """
    hidden = {at for at, n in enumerate(counts) if n < smallest}
    while 0 < sum(counts[at] for at in hidden) < smallest and len(hidden) < len(counts):
        hidden.add(min(set(range(len(counts))) - hidden, key=lambda at: counts[at]))
    return tuple(None if at in hidden else n for at, n in enumerate(counts))


def find_median(minutes: Sequence[int]) -> int:
    """Within how many minutes half of them were done; one more than the last bound for the open bin.

    >>> find_median([2, 5, 3, 0, 0]), find_median([0, 0, 0, 1, 9])
    (2, 6)
    """
    sofar = 0
    for end, n in zip((*MINUTES, MINUTES[-1] + 1), minutes, strict=True):
        sofar += n
        if 2 * sofar >= sum(minutes):
            return end
    raise ValueError("nobody was timed")
