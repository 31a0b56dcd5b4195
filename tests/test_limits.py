from datetime import datetime, timedelta

from survey_app.pages.rate_limits import MOST_KEYS, Limit

NOW = datetime(2025, 11, 20, 12)
SECOND = timedelta(seconds=1)


def take(limit: Limit, times: int, now: datetime, key: str = "a") -> list[bool]:
    """Whether each of so many tries found room."""
    found = []
    for _ in range(times):
        found.append(not limit.reached(key, now))
        if found[-1]:
            limit.count(key, now)
    return found


def test_so_many_at_once_and_then_one_in_every_pause() -> None:
    limit = Limit(3, 10 * SECOND)

    assert take(limit, 4, NOW) == [True, True, True, False]
    assert take(limit, 1, NOW + 9 * SECOND) == [False]
    assert take(limit, 2, NOW + 10 * SECOND) == [True, False]


def test_who_has_been_quiet_may_do_as_much_as_at_first() -> None:
    limit = Limit(3, 10 * SECOND)
    take(limit, 3, NOW)

    assert take(limit, 4, NOW + 30 * SECOND) == [True, True, True, False]


def test_one_key_does_not_slow_another() -> None:
    limit = Limit(1, SECOND)
    take(limit, 1, NOW)

    assert take(limit, 1, NOW, key="b") == [True]


def test_a_clock_that_was_set_back_locks_nobody_out() -> None:
    limit = Limit(3, SECOND)
    take(limit, 3, NOW + timedelta(days=300))

    assert take(limit, 4, NOW) == [True, True, True, False]


def test_keys_that_have_room_again_are_forgotten_when_there_are_many() -> None:
    limit = Limit(2, SECOND)
    for number in range(MOST_KEYS):
        limit.count(number, NOW)

    limit.count("late", NOW + 2 * SECOND)

    assert len(limit._free_at) == 1


def test_many_counted_in_the_same_moment_leave_the_room_full() -> None:
    limit = Limit(3, SECOND)
    for _ in range(9):
        limit.count("a", NOW)

    assert limit.reached("a", NOW)
    assert take(limit, 2, NOW + SECOND) == [True, False]
