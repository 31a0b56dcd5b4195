"""Parcels: what a job leaves behind, one file in a folder of its own until it is taken away."""

import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path

from survey_app.core.settings import Settings

OPENED = "opened"


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
    folder = folder_of(settings, job_id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / OPENED).write_text(str(boxes), encoding="ascii")


def read_opened(settings: Settings, job_id: int) -> int:
    """That number; 0 where there is none, as on another server."""
    try:
        return int((folder_of(settings, job_id) / OPENED).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def forget_opened(settings: Settings, job_id: int) -> None:
    """Leave no folder of a close behind."""
    shutil.rmtree(folder_of(settings, job_id), ignore_errors=True)
