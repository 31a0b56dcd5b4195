"""The sentences about drawing a sample, from `templates/sample.toml`."""

from pathlib import Path

import msgspec

TEMPLATES = Path(__file__).parents[1] / "templates"


class SampleWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence a field; names in braces are filled in by who says it."""

    unknown: str
    reason: str
    idle: str
    undrawn: str
    method: str
    by_size: str
    whole: str
    schools: str
    classes: str
    people: str
    lonely: str
    no_seed: str
    no_frame: str
    nobody: str
    empty_group: str
    there: str
    not_a_folder: str
    written: str
    kept: str
    drawn_group: str
    stratum: str
    not_written: str
    draw_classes: str
    draw_schools: str
    draw_people: str
    each: str
    each_all: str
    in_classes: str
    in_schools: str
    in_persons: str
    everyone: str
    open_call: str
    other_rule: str
    other_population: str
    voided: str
    not_drawn: str
    need_facts: str
    bad_rate: str
    plan_changed: str
    bad_number: str
    not_in_draw: str
    few_invited: str
    few_invited_alone: str
    nobody_invited: str


SAMPLE_WORDS = msgspec.toml.decode((TEMPLATES / "sample.toml").read_bytes(), type=SampleWords)
