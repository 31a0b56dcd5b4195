"""Sounds as they come: known by their first bytes, made small where the server has ffmpeg, refused when too large."""

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec

from survey_app.core.errors import SurveyError

LARGEST = 20 * 1024
"""Bytes of one sentence, so that a paper is half a megabyte at most."""
LARGEST_BEFORE = 4 * 1024 * 1024
"""Bytes of a file that is made small: twenty seconds of what a studio records."""
PATIENCE = 30
IPHONES = frozenset({"audio/mp4", "audio/mpeg"})
"""What every phone plays."""
SMALL = ("-map_metadata", "-1", "-map", "a:0", "-ac", "1", "-ar", "24000", "-c:a", "aac", "-b:a", "24k", "-f", "mp4")


class RecordingWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence a field."""

    not_a_sound: str
    not_converted: str
    too_large: str
    too_large_before: str
    not_for_iphones: str
    no_paper: str
    no_sentence: str
    no_file: str
    no_recording: str
    changed: str


_FILE = Path(__file__).parents[1] / "templates" / "recordings.toml"
RECORDING_WORDS = msgspec.toml.decode(_FILE.read_bytes(), type=RecordingWords)


class Sound(NamedTuple):
    """A sound as it is kept: its media type and its bytes."""

    kind: str
    content: bytes


def take_sound(content: bytes) -> Sound:
    """The sound of a file, as AAC in m4a where ffmpeg is there; raises SurveyError for none, or one too large."""
    kind = find_kind(content)
    if not kind:
        raise SurveyError(RECORDING_WORDS.not_a_sound)
    words = RECORDING_WORDS.too_large_before
    if len(content) <= LARGEST_BEFORE and (program := shutil.which("ffmpeg")):
        content, kind, words = _make_small(program, content), "audio/mp4", RECORDING_WORDS.too_large
    if len(content) > LARGEST:
        raise SurveyError(words.format(size=-(-len(content) // 1024), most=LARGEST // 1024))
    return Sound(kind=kind, content=content)


def find_kind(content: bytes) -> str:
    """The media type by the first bytes, empty for none that is known.

    >>> find_kind(b"....ftypM4A "), find_kind(b"ID3"), find_kind(b"%PDF")
    ('audio/mp4', 'audio/mpeg', '')
    """
    if content[4:8] == b"ftyp":
        return "audio/mp4"
    if content.startswith((b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")):
        return "audio/mpeg"
    if content.startswith(b"RIFF") and content[8:12] == b"WAVE":
        return "audio/wav"
    return {b"\x1aE\xdf\xa3": "audio/webm", b"OggS": "audio/ogg"}.get(content[:4], "")


def _make_small(program: str, content: bytes) -> bytes:
    """AAC in m4a, mono, about 24 kbit/s, with nothing of who recorded it where."""
    with TemporaryDirectory() as folder:
        before, after = Path(folder, "before"), Path(folder, "after.m4a")
        before.write_bytes(content)
        quiet = ("-nostdin", "-v", "quiet", "-protocol_whitelist", "file")
        command = [program, *quiet, "-i", str(before), *SMALL, "-movflags", "+faststart", str(after)]
        try:
            subprocess.run(command, check=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)
        except (subprocess.SubprocessError, OSError):
            raise SurveyError(RECORDING_WORDS.not_converted) from None
        return after.read_bytes()
