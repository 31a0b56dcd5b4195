"""Packs: versioned TOML files with a closed schema, every value with the clause it comes from."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from questionnaires.bad_input import BadInputError

T = TypeVar("T")
P = TypeVar("P", bound="Pack")
Text = Annotated[str, Field(min_length=1, pattern=r"\S")]


class Pack(BaseModel):
    """A part of a pack: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Cited(Pack, Generic[T]):
    """A value and the clause (or the decision of ours) it comes from."""

    value: T
    clause: Text

    @model_validator(mode="before")
    @classmethod
    def _stands_with_its_clause(cls, content: Any) -> Any:
        if not isinstance(content, dict | cls):
            raise ValueError("must be { value = ..., clause = ... }")
        return content


class PackError(BadInputError):
    """A pack broke its schema; `problems` holds one sentence for each place."""

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__("\n".join(problems))


def read_toml(path: Path) -> dict[str, Any]:
    """The content of a TOML file; raises PackError when it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PackError([f"{path.name}: {error}"]) from error


def build_pack(model: type[P], content: dict[str, Any], name: str) -> P:
    """The checked pack; raises PackError naming every place that breaks the schema."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise PackError([_sentence(name, problem) for problem in error.errors()]) from None


def read_pack(path: Path, model: type[P]) -> P:
    """Read and check one file; its `id`, where it has one, must be the file's name."""
    return build_file(path, model, read_toml(path))


def build_file(path: Path, model: type[P], content: dict[str, Any], problems: Sequence[str] = ()) -> P:
    """Check what a file holds, together with the `problems` met before; raises PackError with all of them."""
    problems = list(problems)
    if content.get("id", path.stem) != path.stem:
        problems.append(f"{path.name}: id: must be the file's name, {path.stem!r}")
    try:
        pack = build_pack(model, content, path.name)
    except PackError as error:
        raise PackError(problems + error.problems) from None
    if problems:
        raise PackError(problems)
    return pack


def _sentence(name: str, problem: Any) -> str:
    place = ".".join(str(step) for step in problem["loc"]) or "file"
    return f"{name}: {place}: {problem['msg'].removeprefix('Value error, ')}"
