"""What the console's pages send: typed forms, cleaned on the way in, every problem at once beside its field."""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import UnionType
from typing import Annotated, Any, ClassVar, Union, get_args, get_origin

from litestar.datastructures import FormMultiDict, UploadFile
from litestar.exceptions import ValidationException
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from questionnaires.text import clean_text
from survey_app.pages.console.console_drawing import TEMPLATES

LONGEST_LINE = 200
MOST_CHOSEN = 5000
Line = Annotated[str, Field(max_length=LONGEST_LINE)]
Rows = Annotated[tuple[int, ...], Field(max_length=MOST_CHOSEN)]
Units = Annotated[tuple[Line, ...], Field(max_length=MOST_CHOSEN)]
Number = Annotated[int, Field(ge=1, le=2**31 - 1)]
People = Annotated[int, Field(ge=1, le=999)]


def one_of(values: Collection[str]) -> Any:
    """A text that must be one of these, such as the names of formats."""

    def check(text: str) -> str:
        if text not in values:
            raise ValueError("not one of the choices")
        return text

    return Annotated[str, AfterValidator(check)]


class PostedForm(BaseModel):
    """A form as a page of the console sends it: this is the one access, where every field is cleaned.

    An empty field is a field that was not filled in; a field that may hold many values is always a list. Fields
    in AS_TYPED are not cleaned: a password is what its owner typed.
    """

    model_config = ConfigDict(frozen=True)
    AS_TYPED: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def clean(cls, sent: Mapping[str, object]) -> dict[str, object]:
        """The fields that were filled in, cleaned."""
        cleaned = {name: _clean(value, name in cls.AS_TYPED) for name, value in dict(sent).items()}
        filled = {name: value for name, value in cleaned.items() if value not in ("", [])}
        return {name: _as_list(value) if _is_many(cls, name) else value for name, value in filled.items()}


class Confirmed(PostedForm):
    """What another one proposed, confirmed; `card`: the password of one's own card that was asked for."""

    card: Line = ""


class OfRound(PostedForm):
    """Which round is meant; the open one, else the latest, if it is not named."""

    round: Line = ""


@dataclass(frozen=True)
class FormProblems:
    """What is wrong with a form: sentences above it and beside its fields, and all that was typed."""

    status: int
    above: tuple[str, ...] = ()
    beside: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)

    @property
    def problems(self) -> tuple[str, ...]:
        """All sentences, for the list above the form."""
        return (*self.above, *dict.fromkeys(self.beside.values()))


def read_problems(form: str, error: ValidationException) -> dict[str, str]:
    """A Chinese sentence for every field that was refused; `form` is the name of its type."""
    refused = error.extra if isinstance(error.extra, list) else []
    names = [str(fault.get("key", "")).split(".")[0] for fault in refused if isinstance(fault, dict)]
    return {name: find_sentence(form, name) for name in names}


def find_sentence(form: str, name: str) -> str:
    """What to say of a field that cannot stand as it is: the form's own sentence, else the one for all forms."""
    sentences = load_sentences()
    shared = sentences.get("any", {})
    return sentences.get(form, {}).get(name) or shared.get(name) or shared.get("other", "")


@cache
def load_sentences() -> dict[str, dict[str, str]]:
    """The sentences by form and field."""
    return tomllib.loads((TEMPLATES / "forms.toml").read_text(encoding="utf-8"))


def read_typed(form: FormMultiDict) -> dict[str, str]:
    """What was typed in each field, cleaned, to be shown again, values of a name a line each; no password, no file."""
    sent = {name: form.getall(name) for name in form if name not in SECRETS}
    texts = {name: "\n".join(values) for name, values in sent.items() if all(isinstance(text, str) for text in values)}
    return {name: "\n".join(map(clean_text, value.splitlines())) for name, value in texts.items()}


SECRETS = frozenset({"csrf", "password", "old", "new", "again", "card"})


def _clean(value: object, as_typed: bool) -> object:
    if isinstance(value, list):
        return [item for item in (_clean(item, as_typed) for item in value) if item != ""]
    if isinstance(value, UploadFile):
        value.filename = clean_text(value.filename)
    return value if as_typed or not isinstance(value, str) else clean_text(value)


def _as_list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [value]


def _is_many(form: type[BaseModel], name: str) -> bool:
    known = form.model_fields.get(name)
    return known is not None and _holds_many(known.annotation)


def _holds_many(annotation: object) -> bool:
    if get_origin(annotation) in (Union, UnionType):
        return any(map(_holds_many, get_args(annotation)))
    return get_origin(annotation) in (tuple, list)
