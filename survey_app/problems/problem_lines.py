"""The register in lines for a person."""

from collections.abc import Iterator, Sequence

from survey_app.problems.problem_words import PROBLEM_WORDS
from survey_app.problems.register import ListedProblem, count_problems


def problem_lines(problems: Sequence[ListedProblem]) -> Iterator[str]:
    """How many there are, then a line each."""
    if not problems:
        yield PROBLEM_WORDS.none
        return
    yield PROBLEM_WORDS.counted.format(**count_problems(list(problems))._asdict())
    if told := say_funds(problems):
        yield told
    yield from map(_line, problems)


def say_funds(problems: Sequence[ListedProblem]) -> str:
    """What these lines plan to spend; empty where none says so."""
    said = [problem.funds for problem in problems if problem.funds is not None]
    return PROBLEM_WORDS.funds.format(said=len(said), yuan=sum(said)) if said else ""


def say_found(problem: ListedProblem) -> str:
    """Whether the last judgement that looked for it found it again; empty where none ever did."""
    if not problem.judged:
        return ""
    said = PROBLEM_WORDS.still_found if problem.found else PROBLEM_WORDS.no_more_found
    return said.format(year=problem.judged)


def _line(problem: ListedProblem) -> str:
    words = PROBLEM_WORDS
    again = words.reopened.format(times=problem.reopened) if problem.reopened else ""
    return words.line.format(
        number=problem.number,
        state=problem.state.zh + again,
        overdue=words.overdue if problem.overdue else "",
        place=problem.name or words.county,
        indicator=problem.indicator,
        text=problem.text,
        lead=problem.lead or words.no_lead,
        due=problem.due or words.no_due,
    )
