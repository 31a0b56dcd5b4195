"""What waits for a decision is cleared away whole, and never in the way of the next import."""

import os
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from survey_app.frame.importing import sweep


def leave(folder: Path, *names: str, at: float) -> None:
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text("x", encoding="utf-8")
        os.utime(folder / name, (at, at))


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "UTC", "America/Lima"])
def test_two_files_left_behind_are_cleared_together_and_newer_ones_stay_wherever_the_servers_clock_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    noon = datetime(2026, 11, 29, 12, tzinfo=timezone(timedelta(hours=8)))
    leave(tmp_path / "old", "a.xlsx", "b.xlsx", at=noon.timestamp() - 60)
    leave(tmp_path / "new", "c.xlsx", "d.xlsx", at=noon.timestamp() + 60)
    sweep(tmp_path, before=noon.replace(tzinfo=None))
    monkeypatch.undo()
    time.tzset()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["c.xlsx", "d.xlsx", "new"]
