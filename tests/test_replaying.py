"""Many sums replayed at once on arrays show what the rule for one of them shows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.watching import replaying
from survey_app.watching.replaying import gather_arrivals, replay
from survey_app.watching.shown_counts import list_steps, read_arrival, show_figure
from survey_app.watching.slots import Slots

PEOPLE = {0: 9, 1: 10, 2: 40, 5: 3}
entries = st.lists(st.tuples(st.sampled_from([*PEOPLE]), st.integers(-24, 200), st.integers(1, 4)), max_size=40)
parts = st.lists(st.sets(st.sampled_from([0, 1, 2, 3, 5, 9])), max_size=6)


@pytest.mark.parametrize("at_a_time", [1, 60, replaying.MOST])
@given(found=entries, asked=parts, mark=st.integers(-20, 110))
def test_sums_replayed_together_show_what_each_shows_alone(
    at_a_time: int, found: list[tuple[int, int, int]], asked: list[set[int]], mark: int
) -> None:
    row, slot, n = np.array(found, np.int64).reshape(-1, 3).T
    arrived = gather_arrivals(Slots(row, slot, n), row, np.array([PEOPLE[line] for line, *_ in found], np.int64))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(replaying, "MOST", at_a_time)
        steps = replay(arrived, [np.array(sorted(part), np.int64) for part in asked], mark)
    alone = [[read_arrival(at, forms, PEOPLE[line]) for line, at, forms in found if line in part] for part in asked]
    issued = [sum(PEOPLE.get(line, 0) for line in part) for part in asked]
    wanted = [show_figure(arrivals, codes, mark) for arrivals, codes in zip(alone, issued, strict=True)]
    assert steps.tell(issued) == wanted
    moved = [step for arrivals in alone for step in list_steps(arrivals, mark)]
    assert steps.moved == {moment: sum(k for at, k in moved if at == moment) for moment, _ in moved}
    for part, arrivals in zip(asked, alone, strict=True):
        rows = np.array(sorted(part), np.int64)
        assert sorted(arrived.list_arrivals(rows)) == sorted(arrivals)
        hours = arrived.by_hour(rows)
        assert hours == {hour: sum(a.n for a in arrivals if a.hour == hour) for hour in {a.hour for a in arrivals}}
