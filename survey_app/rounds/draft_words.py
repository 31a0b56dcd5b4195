"""What is said of a draft and of opening it, from `templates/draft.toml`."""

from pathlib import Path

import msgspec

TEMPLATES = Path(__file__).parents[1] / "templates"


class DraftWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence a field, and the names of the draft's fields; names in braces are filled in by who says it."""

    one_at_a_time: str
    empty: str
    no_data: str
    no_item: str
    done_later: str
    other_locales: str
    two_locales: str
    other_schools: str
    resources: str
    county: str
    no_population: str
    no_standard: str
    work_plan: str
    long_window: str
    many_invited: str
    no_rule: str
    time: str
    order: str
    over: str
    paper_until: str
    ministry_near: str
    ministry_date: str
    ministry_both: str
    ministry_overlap: str
    title: str
    not_from_last: str
    no_schools: str
    no_frame: str
    lacking: str
    strange: str
    unfinished: str
    nobody: str
    no_change: str
    paper_between: str
    paper_fixed: str
    ended: str
    paper_ended: str
    paper_unset: str
    paper_over: str
    fields: dict[str, str]


DRAFT_WORDS = msgspec.toml.decode((TEMPLATES / "draft.toml").read_bytes(), type=DraftWords)
