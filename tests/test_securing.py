"""A close mends what its audit finds: figures are taken back until no hidden count is too narrow."""

from analysis.release import release_survey, secure_release
from analysis.release.auditing import audit_release
from analysis.release.securing import attack
from tests.random_county import random_county

SEED = 11
SCHOOLS = 3


def test_counts_that_the_rules_for_cells_leave_too_narrow_are_open_after_a_close() -> None:
    county = random_county(SEED, SCHOOLS)
    assert audit_release(attack(county), sample=0).narrow > 0
    released = secure_release(county)
    taken = released.record.taken_back
    assert audit_release(attack(county, taken), sample=0).narrow == 0
    for name in taken:
        rows = [
            row
            for row in released.units.rows
            if (row.group, row.place, row.scope) == (name.group, name.place, name.scope)
        ]
        assert [row.rate for row in rows] == ([None] if name.place else [])
    again = release_survey(county.survey, county.estimate, county.rule, *county.papers, taken_back=taken)
    assert again == released
