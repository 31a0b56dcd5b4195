"""What is said of packages, and how small a number is not shown."""

from functools import cache

from msgspec import Struct, convert

from questionnaires.pack import read_toml
from reports.setting.typesetting import TEMPLATES


class PackageWords(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence a field; `smallest`: the least number of schools or problems, save none, that is shown."""

    not_a_package: str
    too_large: str
    changed: str
    not_listed: str
    not_there: str
    forged: str
    unknown_pack: str
    earlier_pack: str
    no_such_standard: str
    not_computable: str
    difference: str
    same: str
    written: str
    code_needed: str
    bad_key: str
    file: str
    county: str
    problems: str
    stage: str
    indicator: str
    hidden: str
    smallest: int
    smallest_clause: str


@cache
def load_package_words() -> PackageWords:
    """The words of packages.toml."""
    return convert(read_toml(TEMPLATES / "packages.toml"), PackageWords)
