"""A paper read aloud: only whole, heard and small; and nobody learns which question anyone listens to."""

import gzip
import json
import math
import re
import shutil
import struct
from base64 import b64decode
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import lxml.html
import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from questionnaires.vocabulary import Speech
from survey_app.core.db import connect
from survey_app.core.errors import SurveyError
from survey_app.core.models import Audit, Recording
from survey_app.pages import spoken
from survey_app.recordings import sound_files
from survey_app.recordings.sound_files import LARGEST, find_kind, take_sound
from survey_app.recordings.voices import (
    approve_recording,
    list_sentences,
    list_voices,
    store_recording,
)
from survey_app.rounds.round_rows import find_round
from survey_app.upkeep.backup import backup_store, restore_store
from tests.console import Console, open_console
from tests.county import NOW, issue, open_county

PAPER, SPEECH = "social-2026", Speech.SOUTHWESTERN
M4A = b"\0\0\0\x18ftypM4A " + bytes(100)
WEBM = b"\x1aE\xdf\xa3" + bytes(100)
ACT: Any = {"actor": "admin", "now": NOW}
PAGE = f"/console/voice?paper={PAPER}&speech={SPEECH.value}"


def make_wave(seconds: float) -> bytes:
    """A tone as a studio keeps it."""
    rate = 16_000
    frames = b"".join(struct.pack("<h", int(9000 * math.sin(i / 9))) for i in range(int(rate * seconds)))
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, 2 * rate, 2, 16)
    body = b"WAVE" + form + b"data" + struct.pack("<I", len(frames)) + frames
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.fixture
def without_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_files.shutil, "which", lambda _: None)


@pytest.fixture
def console(sqlite_engine: Engine, tmp_path: Path, without_ffmpeg: None) -> Iterator[Console]:
    open_county(sqlite_engine)
    with pytest.MonkeyPatch.context() as patch, open_console(sqlite_engine, tmp_path / "store") as opened:
        patch.setattr(spoken, "FRESH", 0.0)
        yield opened


def read_aloud(engine: Engine, speech: Speech = SPEECH, sound: bytes = M4A, leave: str = "") -> None:
    """Record and approve every sentence but one."""
    with Session(engine) as session, session.begin():
        for name, _ in list_sentences(session, PAPER):
            if name != leave:
                store_recording(session, (PAPER, speech, name), sound + name.encode(), **ACT)
                session.flush()
                heard = session.scalars(select(Recording.sum).where(Recording.sentence == name)).all()[-1]
                approve_recording(session, (PAPER, speech, name), heard, **ACT)


def issue_all(engine: Engine) -> Iterator[str]:
    """The codes of a class's parents."""
    with Session(engine) as session, session.begin():
        return iter([issued.code for issued in issue(session, "P01")])


def listen_to(console: Console, address: str) -> str:
    """What the button of a parent's page holds."""
    page = console.client.get(f"/q/{address}")
    return str(lxml.html.fromstring(page.content).get_element_by_id("listen").get("value"))


def test_a_recording_is_known_by_its_bytes_and_nothing_else_is_taken(without_ffmpeg: None) -> None:
    assert [find_kind(sound) for sound in (M4A, WEBM, b"OggS", make_wave(0.1), b"\xff\xfb\x90", b"<svg", b"")] == [
        *("audio/mp4", "audio/webm", "audio/ogg", "audio/wav", "audio/mpeg", "", "")
    ]
    assert take_sound(WEBM) == ("audio/webm", WEBM)
    with pytest.raises(SurveyError, match="不是能用的录音文件"):
        take_sound(b"<script>alert(1)</script>")


def test_one_byte_more_than_twenty_kilobytes_is_refused_with_what_to_do(without_ffmpeg: None) -> None:
    fits = M4A + bytes(LARGEST - len(M4A))
    assert take_sound(fits).content == fits
    with pytest.raises(SurveyError, match=r"21KB，一句最多20KB.*ffmpeg"):
        take_sound(fits + b"0")


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed: run `apt-get install ffmpeg`")
def test_ffmpeg_makes_a_studios_file_small_and_says_what_it_cannot() -> None:
    sound = take_sound(make_wave(5))
    assert (sound.kind, find_kind(sound.content)) == ("audio/mp4", "audio/mp4")
    assert len(sound.content) <= LARGEST
    with pytest.raises(SurveyError, match="一句最多20KB（大约六秒）"):
        take_sound(make_wave(60))
    with pytest.raises(SurveyError, match="转换不了"):
        take_sound(WEBM)


@pytest.mark.parametrize("what", ["missing", "not heard", "for no iphone", "read before the words changed"])
def test_a_voice_that_is_not_whole_is_not_offered(console: Console, sqlite_engine: Engine, what: str) -> None:
    read_aloud(sqlite_engine, leave="overall" if what == "missing" else "")
    with Session(sqlite_engine) as session, session.begin():
        row = session.scalars(select(Recording).where(Recording.sentence == "exams_1")).one()
        if what == "not heard":
            store_recording(session, (PAPER, SPEECH, "exams_1"), M4A, **ACT)
        if what == "for no iphone":
            store_recording(session, (PAPER, SPEECH, "exams_1"), WEBM, **ACT)
            session.flush()
            with pytest.raises(SurveyError, match="苹果手机"):
                approve_recording(session, (PAPER, SPEECH, "exams_1"), row.sum, **ACT)
        if what == "read before the words changed":
            row.text = "以前的话"
    assert listen_to(console, next(issue_all(sqlite_engine))) == ""


def test_what_is_to_be_read_is_what_the_page_says_in_the_countys_own_word(
    console: Console, sqlite_engine: Engine
) -> None:
    with Session(sqlite_engine) as session:
        script = "".join(text for _, text in list_sentences(session, PAPER))
    page = console.client.get(f"/q/{next(issue_all(sqlite_engine))}").text
    desk = console.people["admin"].get(PAGE).text
    for text in (script, page, desk):
        assert "本区义务教育的总体情况" in text
        assert "区（县）" not in text


def test_what_was_read_for_another_county_is_not_heard(console: Console, sqlite_engine: Engine) -> None:
    read_aloud(sqlite_engine)
    with Session(sqlite_engine) as session, session.begin():
        assert list_voices(session)
        find_round(session).county = "黔江县"
        session.flush()
        assert list_voices(session) == []


def test_a_whole_voice_comes_as_one_bundle_to_all_alike(console: Console, sqlite_engine: Engine) -> None:
    read_aloud(sqlite_engine)
    codes = issue_all(sqlite_engine)
    wanted = listen_to(console, next(codes))
    assert listen_to(console, next(codes)) == wanted
    assert listen_to(console, f"{next(codes)}?lang=en") == ""
    reply = console.client.get(f"/voice/{wanted}")
    sounds = json.loads(reply.content)
    with Session(sqlite_engine) as session:
        assert set(sounds) == {name for name, _ in list_sentences(session, PAPER)}
    kind, sound = sounds["overall"]
    assert (kind, b64decode(sound)) == ("audio/mp4", M4A + b"overall")
    assert "set-cookie" not in reply.headers
    assert "immutable" in reply.headers["cache-control"]
    assert console.client.get("/voice/0000").status_code == 404
    script = console.client.get("/listen.js")
    assert script.headers["content-type"].startswith("text/javascript")


def test_no_request_for_sounds_can_name_a_code_an_item_or_a_person(console: Console, sqlite_engine: Engine) -> None:
    """The address is the paper's alone, no cookie of a code goes there, and no page tells where it was come from."""
    read_aloud(sqlite_engine)
    code = next(issue_all(sqlite_engine))
    page = console.client.get(f"/q/{code}")
    assert page.headers["referrer-policy"] == "no-referrer"
    cookies = page.headers.get_list("set-cookie")
    assert len(cookies) == 2
    assert all(f"Path=/q/{code}" in cookie for cookie in cookies)
    asked = Path("static/listen.js").read_text(encoding="utf-8")
    assert asked.count(".open(") == 1
    assert "request.open('GET', '/voice/' + sum)" in asked


def test_two_ways_of_speaking_stand_with_their_names(console: Console, sqlite_engine: Engine) -> None:
    read_aloud(sqlite_engine)
    read_aloud(sqlite_engine, Speech.MIAO)
    assert [voice.partition("=")[0] for voice in listen_to(console, next(issue_all(sqlite_engine))).split()] == [
        "苗语",
        "西南官话",
    ]


def test_with_a_voice_the_first_view_still_fits(console: Console, sqlite_engine: Engine) -> None:
    read_aloud(sqlite_engine)
    code = next(issue_all(sqlite_engine))
    page = console.client.get(f"/q/{code}", headers={"accept-encoding": "gzip"})
    head = sum(len(key) + len(value) + 4 for key, value in page.headers.items())
    assert head + int(page.headers["content-length"]) <= 9_500 - 90
    assert gzip.decompress(gzip.compress(page.content)) == page.content


def test_an_administrator_records_listens_and_takes_back_and_each_is_noted(
    console: Console, sqlite_engine: Engine
) -> None:
    desk = console.people["admin"]
    named = {"paper": PAPER, "speech": SPEECH.value, "sentence": "overall"}
    page = desk.get(PAGE)
    assert "microphone=(self)" in page.headers["permissions-policy"]
    assert "microphone=()" in desk.get("/console/setup").headers["permissions-policy"]
    stored = desk.post("/console/voice/store", named, files={"file": ("a.m4a", BytesIO(M4A), "audio/mp4")})
    assert stored.status_code == 303
    with Session(sqlite_engine) as session:
        heard = session.scalars(select(Recording.sum)).one()
    sound = f"/console/voice/sound?heard={heard}"
    assert (desk.get(sound).content, desk.get(sound).headers["accept-ranges"]) == (M4A, "bytes")
    for asked, told in {"0-1": M4A[:2], f"2-{len(M4A) + 9}": M4A[2:], "-3": M4A[-3:]}.items():  # as Safari asks
        part = desk.get(sound, range=f"bytes={asked}")
        assert (part.status_code, part.content) == (206, told)
        assert re.fullmatch(rf"bytes \d+-\d+/{len(M4A)}", part.headers["content-range"])
    nothing = desk.get(sound, range=f"bytes={len(M4A)}-")
    assert (nothing.status_code, nothing.headers["content-range"]) == (416, f"bytes */{len(M4A)}")
    assert desk.post("/console/voice/approve", named | {"heard": "0" * 64}).status_code == 400
    assert desk.post("/console/voice/approve", named | {"heard": heard}).status_code == 303
    assert "已听过1句" in desk.get(PAGE).text
    refused = desk.post("/console/voice/store", named, files={"file": ("a.exe", BytesIO(b"MZ"), "audio/mp4")})
    assert refused.status_code == 400
    assert "不是能用的录音文件" in refused.text
    assert desk.post("/console/voice/drop", named).status_code == 303
    with Session(sqlite_engine) as session:
        assert session.scalar(select(func.count()).select_from(Recording)) == 0
        assert list_voices(session) == []
        noted = session.scalars(select(Audit.action).where(Audit.action.contains("recording"))).all()
    assert noted == ["recording", "approve_recording", "drop_recording"]


def test_a_restored_store_plays_the_same_sounds(sqlite_engine: Engine, tmp_path: Path, without_ffmpeg: None) -> None:
    open_county(sqlite_engine)
    read_aloud(sqlite_engine)
    backup_store(sqlite_engine, tmp_path / "copy", actor="test", now=NOW)
    restore_store(where := f"sqlite:///{tmp_path / 'other' / 'survey.db'}", tmp_path / "copy", actor="test", now=NOW)
    restored = connect(where)
    whole = select(Recording.sentence, Recording.sum, Recording.sound, Recording.approved_by).order_by(
        Recording.sentence
    )
    with Session(sqlite_engine) as before, Session(restored) as after:
        assert list_voices(after) == list_voices(before) != []
        assert after.execute(whole).all() == before.execute(whole).all()
    restored.dispose()
