"""Job files: what a job leaves behind, one file in a folder of its own until it is taken away."""

import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path

from survey_app.core.settings import Settings

OPENED = "opened"
AUDITED = "audited"


def pack(folder: Path, paths: Sequence[Path], title: str) -> str:
    """One PDF as it is, several files as an archive; returns the name of the file in the folder."""
    if len(paths) == 1:
        name = f"{paths[0].parent.name} {paths[0].name}"
        paths[0].rename(folder / name)
        return name
    name = f"{title}.zip"
    with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            archive.write(path, path.relative_to(folder / "out"))
    return name


def make_folder(settings: Settings, job_id: int) -> Path:
    """A job's folder, for the service alone."""
    folder = folder_of(settings, job_id)
    folder.mkdir(mode=0o700, parents=True)
    return folder


def folder_of(settings: Settings, job_id: int) -> Path:
    """Where a job's folder is."""
    return settings.folder / "jobs" / str(job_id)


def write_opened(settings: Settings, job_id: int, boxes: int) -> None:
    """Note how many boxes a close has opened: a number beside the store, whose tables it has locked."""
    _write_number(settings, job_id, OPENED, boxes)


def write_audited(settings: Settings, job_id: int, percent: int) -> None:
    """Note how much of what a close will publish was audited, in percent."""
    _write_number(settings, job_id, AUDITED, percent)


def read_opened(settings: Settings, job_id: int) -> int:
    """The boxes; 0 where nothing is noted, as on another server."""
    return _read_number(settings, job_id, OPENED)


def read_audited(settings: Settings, job_id: int) -> int:
    """The percent; 0 where nothing is noted."""
    return _read_number(settings, job_id, AUDITED)


def _write_number(settings: Settings, job_id: int, name: str, number: int) -> None:
    folder = folder_of(settings, job_id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / name).write_text(str(number), encoding="ascii")


def _read_number(settings: Settings, job_id: int, name: str) -> int:
    try:
        return int((folder_of(settings, job_id) / name).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def remove_folder(settings: Settings, job_id: int) -> None:
    """Leave no folder of a job behind."""
    shutil.rmtree(folder_of(settings, job_id), ignore_errors=True)
