"""What is said of problems, from `templates/problems.toml`, and what a post looks like."""

from pathlib import Path

import msgspec

TEMPLATES = Path(__file__).parents[1] / "templates"


class ProblemWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence a field; `posts` are how positions end, `before_posts` what may stand alone before an ending."""

    no_problem: str
    no_text: str
    no_school: str
    bad_date: str
    bad_funds: str
    funds: str
    not_a_post: str
    nothing_to_change: str
    no_measure: str
    already_applied: str
    already_closed: str
    not_applied: str
    same_person: str
    who_applies: str
    office_needs_proof: str
    no_reason: str
    unknown_choice: str
    county: str
    reopened: str
    overdue: str
    still_found: str
    no_more_found: str
    fed: str
    added: str
    changed: str
    applied: str
    closed: str
    none: str
    counted: str
    line: str
    no_lead: str
    no_due: str
    no_letter: str
    posts: tuple[str, ...]
    before_posts: str


PROBLEM_WORDS = msgspec.toml.decode((TEMPLATES / "problems.toml").read_bytes(), type=ProblemWords)


def is_post(typed: str) -> bool:
    """Whether a text ends as posts do and is no family name with one; an empty one says nothing.

    >>> is_post("计划财务科科长"), is_post("副校长"), is_post("张校长"), is_post("张伟")
    (True, True, False, False)
    """
    ending = max((post for post in PROBLEM_WORDS.posts if typed.endswith(post)), key=len, default="")
    before = typed.removesuffix(ending).rstrip(PROBLEM_WORDS.before_posts)
    return not typed or (bool(ending) and len(before) != 1)
