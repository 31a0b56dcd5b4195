"""Typesetting: the Chinese typefaces that are installed, and typst templates made into PDF and PNG."""

import shutil
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import typst

from questionnaires.bad_input import BadInputError

TEMPLATES = Path(__file__).parents[1] / "templates"

SANS = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Zen Hei", "Microsoft YaHei")
SERIF = ("Noto Serif CJK SC", "Noto Serif SC", "Source Han Serif SC", "AR PL UMing CN", "SimSun")
KAI = ("LXGW WenKai", "AR PL UKai CN", "AR PL KaitiM GB", "KaiTi")


NO_TYPEFACE = "没有找到中文字体，不能生成 PDF 和图片：请先安装 fonts-noto-cjk 再试。"


class FontMissingError(BadInputError):
    """No Chinese typeface is installed, so nothing that is printed can be made."""


@dataclass(frozen=True)
class Typefaces:
    """The family names to set Chinese in; a face that is not installed is stood in for by the serif."""

    sans: str
    serif: str
    kai: str


def choose_typefaces(families: Collection[str]) -> Typefaces:
    """Pick the first known family of each kind out of the installed `families`.

    Raises:
        FontMissingError: none of the known Chinese families is among them.

    >>> choose_typefaces({"Noto Sans CJK SC", "DejaVu Sans"}).kai
    'Noto Sans CJK SC'
    """
    known = [family for family in (*SERIF, *SANS, *KAI) if family in families]
    if not known:
        raise FontMissingError(NO_TYPEFACE)
    sans, serif, kai = (
        next((family for family in kind if family in families), known[0]) for kind in (SANS, SERIF, KAI)
    )
    return Typefaces(sans=sans, serif=serif, kai=kai)


def find_fonts() -> Typefaces:
    """Choose among the typefaces of this machine.

    Raises:
        FontMissingError: no Chinese typeface is installed.
    """
    return choose_typefaces(_installed().families())


def compile_pdf(
    template_name: str,
    data: Mapping[str, object],
    images: Mapping[str, bytes] | None = None,
    *,
    tagged: bool = True,
) -> bytes:
    """Set `templates/<template_name>` with `data` as a PDF; the same input gives the same bytes.

    The template reads `json("data.json")`: `data` and, under `fonts`, the fields of `Typefaces`. It may
    import its neighbours in the folder and show `images` by their keys, which are file names. `tagged`
    writes the structure that screen readers follow.

    Raises:
        FontMissingError: no Chinese typeface is installed.
    """
    return _compile(template_name, data, images or {}, format="pdf", pdf_tags=tagged)


def compile_png(
    template_name: str,
    data: Mapping[str, object],
    images: Mapping[str, bytes] | None = None,
    *,
    pixels_per_point: float,
) -> bytes:
    """Set the one page of `templates/<template_name>` as a PNG; `data` and `images` as in `compile_pdf`.

    Raises:
        FontMissingError: no Chinese typeface is installed.
    """
    return _compile(template_name, data, images or {}, format="png", ppi=72.0 * pixels_per_point)


def _compile(template_name: str, data: Mapping[str, object], images: Mapping[str, bytes], **how: Any) -> bytes:
    given = {"fonts": asdict(find_fonts()), **data}
    with TemporaryDirectory() as folder:
        root = Path(folder)
        for template in (*TEMPLATES.glob("*.typ"), TEMPLATES / "words.toml"):
            shutil.copy(template, root)
        (root / "data.json").write_bytes(msgspec.json.encode(given))
        for name, content in images.items():
            (root / name).write_bytes(content)
        made = typst.compile(root / template_name, root=root, font_paths=_installed(), timestamp=0, **how)
    assert isinstance(made, bytes)
    return made


@cache
def _installed() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=False)
