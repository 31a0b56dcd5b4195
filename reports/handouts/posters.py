"""Class codes: the poster to hang up, the picture and the text for a group chat."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from questionnaires.vocabulary import Group
from reports.handouts.handout_words import load_handout_words
from reports.handouts.notices import Notice, describe_notice
from reports.handouts.slips import ClassCode, draw_qr, group_code, place_in_stack
from reports.setting.filing import Job, name_files, write_files
from reports.setting.typesetting import compile_pdf, compile_png

PIXELS_PER_POINT = 1.5  # picture.typ is 540 points wide: 810 pixels


@dataclass(frozen=True, kw_only=True)
class CodeTexts:
    """A class code as poster, picture and chat text print it; `qr` is its drawing as SVG."""

    url: str
    qr: str
    invite: str
    unit: str
    short: str
    people: int
    guardian: bool
    computer: str


def render_poster(class_code: ClassCode, notice: Notice) -> bytes:
    """Set the A4 poster of a class code as PDF; the same input gives the same bytes.

    Raises:
        FontMissingError: no Chinese typeface is installed.
        WordingError: a text of `notice` must not reach respondents.
    """
    return compile_pdf("poster.typ", _describe(class_code, notice))


def render_png(class_code: ClassCode, notice: Notice) -> bytes:
    """Set the picture of a class code that is long-pressed in a group chat, 810 pixels wide.

    Raises:
        FontMissingError: no Chinese typeface is installed.
        WordingError: a text of `notice` must not reach respondents.
    """
    return compile_png("picture.typ", _describe(class_code, notice), pixels_per_point=PIXELS_PER_POINT)


def notice_text(class_code: ClassCode, notice: Notice) -> str:
    """Write the message for a group chat: whom it asks, the bare link on a line of its own, until when.

    Raises:
        WordingError: a text of `notice` must not reach respondents.
    """
    words = load_handout_words()
    about = describe_notice(notice)
    code = _describe_code(class_code)
    lines = [
        words.chat.title.format(title=about.title),
        words.chat.invite.format(unit=code.unit, invite=code.invite),
        class_code.url,
        code.computer if class_code.short else "",
        words.chat.window.format(window=about.window),
        words.guardian if code.guardian else "",
        words.shared_phone,
        about.self_check,
        notice.organiser,
        words.invented if notice.invented else "",
    ]
    return "".join(f"{line}\n" for line in lines if line)


def write_class_codes(
    folder: Path, class_codes: Iterable[ClassCode], notice: Notice, *, processes: int = 1
) -> list[Path]:
    """Write poster, picture and chat text of each class code into a folder per unit, and return the files.

    Raises:
        FontMissingError: no Chinese typeface is installed.
        WordingError: a text of `notice` must not reach respondents.
    """
    ordered = sorted(class_codes, key=place_in_stack)
    by_unit = {unit: list(codes) for unit, codes in groupby(ordered, key=lambda code: code.unit)}
    files = load_handout_words().files
    renders = {files.poster: render_poster, files.picture: render_png, files.text: _encode_text}
    jobs = [
        Job(folder / unit / file.format(name=name), render, (code, notice))
        for unit, codes in zip(name_files(by_unit), by_unit.values(), strict=True)
        for name, code in zip(name_files(map(_name, codes)), codes, strict=True)
        for file, render in renders.items()
    ]
    write_files(jobs, processes=processes)
    return [job.path for job in jobs]


def _name(class_code: ClassCode) -> str:
    return f"{class_code.class_name} {Group(class_code.group).zh}".strip()


def _encode_text(class_code: ClassCode, notice: Notice) -> bytes:
    return notice_text(class_code, notice).encode()


def _describe(class_code: ClassCode, notice: Notice) -> dict[str, object]:
    return {"notice": describe_notice(notice), "code": _describe_code(class_code)}


def _describe_code(class_code: ClassCode) -> CodeTexts:
    words = load_handout_words()
    invite = words.invite_public if class_code.group == "public" else words.invite
    invite = words.invite_opinion if class_code.opinion else invite
    site = class_code.url.rsplit("/q/", 1)[0].split("://", 1)[-1]
    return CodeTexts(
        url=class_code.url,
        qr=draw_qr(class_code.url),
        invite=invite.format(class_name=class_code.class_name, group=Group(class_code.group).zh),
        unit=class_code.unit,
        short=class_code.short,
        people=class_code.people,
        guardian=class_code.group == "student",
        computer=words.computer.format(site=site, short=group_code(class_code.short))
        if class_code.short
        else words.computer_link.format(url=class_code.url),
    )
