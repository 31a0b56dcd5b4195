"""Papers: the questions, word for word, with the groups that answer them."""

from collections.abc import Hashable, Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from questionnaires.pack import Cited, Pack, PackError, Text, build_pack, read_pack, read_toml
from questionnaires.vocabulary import Group, PaperKind

FOLDER = Path(__file__).parent / "papers"
BLANK = 0
UNKNOWN = 9
SATISFACTION = "满意"
OWN_FIELDS = frozenset({"remark", "version", "blank_ok", "number", "seen"})

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Option(Pack):
    """One choice: the value that is stored and the label that is read."""

    value: Literal[5, 4, 3, 2, 1, 9]
    label: Text


class Item(Pack):
    """One question; `topic` is empty for the overall item, which has its own `stem` instead."""

    id: Name
    topic: str = ""
    stem: str = ""
    text: Text


class Topic(Pack):
    """One aspect that items ask about (方面)."""

    id: Name
    name: Text


class Paper(Pack):
    """One version of one questionnaire."""

    id: Text
    kind: PaperKind
    language: Text
    title: Text
    source: Text
    published: date | None = None
    """The day from which rounds take this edition by themselves; without one only those that choose or name it."""
    groups: tuple[Group, ...]
    stem: Text
    opening: tuple[Text, ...]
    guardian: str = ""
    remark: str = ""
    counts: Cited[frozenset[int]] | None = None
    """The codes that count as recognition, where the scale is another one than satisfaction."""
    apart: bool = False
    """Whether the option for people who do not know stands apart from the scale."""
    options: tuple[Option, ...]
    topics: tuple[Topic, ...]
    items: tuple[Item, ...]

    @field_validator("groups")
    @classmethod
    def _groups_stand_once(cls, groups: tuple[Group, ...]) -> tuple[Group, ...]:
        _refuse(_twice(groups))
        return groups

    @field_validator("topics")
    @classmethod
    def _topics_stand_once(cls, topics: tuple[Topic, ...]) -> tuple[Topic, ...]:
        _refuse(_twice(topic.id for topic in topics))
        return topics

    @field_validator("options")
    @classmethod
    def _options_are_whole(cls, options: tuple[Option, ...]) -> tuple[Option, ...]:
        values = [option.value for option in options]
        unknown = [] if UNKNOWN in values else ["there is no option 9 for people who do not know"]
        _refuse(_twice(values) + unknown)
        return options

    @field_validator("items")
    @classmethod
    def _items_fit(cls, items: tuple[Item, ...], info: ValidationInfo) -> tuple[Item, ...]:
        asked = {item.topic for item in items if item.topic}
        topics = {topic.id for topic in info.data.get("topics", ())} or asked
        _refuse(
            _twice(item.id for item in items)
            + [f"{item.id} is a field of the form itself" for item in items if item.id in OWN_FIELDS]
            + [f"{item.id} has neither a topic nor a stem" for item in items if not item.topic + item.stem]
            + [f"the topic {topic} is not there" for topic in sorted(asked - topics)]
            + [f"the topic {topic} has no item" for topic in sorted(topics - asked)]
        )
        return items

    @model_validator(mode="after")
    def _another_scale_says_what_counts(self) -> Self:
        if self.counts is None and not all(SATISFACTION in option.label for option in self.scale):
            raise ValueError("counts: a scale other than satisfaction must say which codes count")
        if self.counts is not None and not self.counts.value <= self.values - {UNKNOWN}:
            raise ValueError("counts: must be among the options of the scale")
        return self

    @property
    def scale(self) -> tuple[Option, ...]:
        """The options without the one for people who do not know."""
        return tuple(option for option in self.options if option.value != UNKNOWN)

    @property
    def values(self) -> frozenset[int]:
        """The option values a form may carry besides a blank."""
        return frozenset(option.value for option in self.options)

    @property
    def item_ids(self) -> tuple[str, ...]:
        """Item ids in the paper's order, which is the order answers are stored in."""
        return tuple(item.id for item in self.items)


def _twice(names: Iterable[Hashable]) -> list[str]:
    listed = list(names)
    return [f"{name} stands twice" for name in dict.fromkeys(listed) if listed.count(name) > 1]


def _refuse(problems: list[str]) -> None:
    if problems:
        raise ValueError("; ".join(problems))


class Overlay(Pack):
    """A paper's words in a second language, by item id."""

    title: Text
    stem: Text
    opening: tuple[Text, ...]
    guardian: str = ""
    remark: str = ""
    options: dict[str, Text]
    topics: dict[str, Text]
    items: dict[str, Text]
    stems: dict[str, Text] = Field(default_factory=dict)


@cache
def load_paper(name: str, language: str = "zh-CN") -> Paper:
    """One paper by its file name (`social-2026`), in its own or an overlaid language."""
    paper = read_pack(FOLDER / f"{name}.toml", Paper)
    if language == paper.language:
        return paper
    path = FOLDER / f"{edition_of(name)}.{language}.toml"
    content = read_toml(path)
    if content.get("language") != language:
        raise PackError([f"{path.name}: language: must be the file's, {language!r}"])
    return lay_over(paper, build_pack(Overlay, content.get(name, {}), path.name), language)


@cache
def load_asked_paper(name: str, language: str, *, remarks: bool) -> Paper:
    """The paper as a round asks it: without its open remark where the round takes none."""
    paper = load_paper(name, language)
    return paper if remarks else paper.model_copy(update={"remark": ""})


def turn_options(paper: Paper, split: str) -> Paper:
    """The paper as the second half of a split ballot sees it; the same without one. No code or word changes.

    >>> [option.value for option in turn_options(load_paper("social-2026"), "reversed").options]
    [1, 2, 3, 4, 5, 9]
    """
    if split == "reversed":
        unknown = [option for option in paper.options if option.value == UNKNOWN]
        return paper.model_copy(update={"options": (*reversed(paper.scale), *unknown)})
    return paper.model_copy(update={"apart": not paper.apart}) if split == "apart" else paper


def list_editions() -> list[str]:
    """The editions that have a paper, the oldest first."""
    return sorted({edition_of(name) for name in list_papers()})


def edition_of(name: str) -> str:
    """The edition a paper belongs to, the end of its name.

    >>> edition_of("social-2026")
    '2026'
    """
    return name.rpartition("-")[2]


def lay_over(paper: Paper, overlay: Overlay, language: str) -> Paper:
    """The paper in the overlay's words; ids, values and order stay. Raises PackError for any gap."""
    gaps = _gaps(paper, overlay, language)
    if gaps:
        raise PackError(gaps)
    return paper.model_copy(
        update={
            "language": language,
            "title": overlay.title,
            "stem": overlay.stem,
            "opening": overlay.opening,
            "guardian": overlay.guardian,
            "remark": overlay.remark,
            "options": tuple(
                Option(value=option.value, label=overlay.options[str(option.value)]) for option in paper.options
            ),
            "topics": tuple(Topic(id=topic.id, name=overlay.topics[topic.id]) for topic in paper.topics),
            "items": tuple(
                Item(id=item.id, topic=item.topic, stem=overlay.stems.get(item.id, ""), text=overlay.items[item.id])
                for item in paper.items
            ),
        }
    )


def _gaps(paper: Paper, overlay: Overlay, language: str) -> list[str]:
    name = f"{edition_of(paper.id)}.{language}.toml"
    return [
        f"{name}: {what}: {text}: must stand in both the paper and the overlay"
        for what, has, needs in (
            ("items", overlay.items, paper.item_ids),
            ("topics", overlay.topics, [topic.id for topic in paper.topics]),
            ("options", overlay.options, [str(option.value) for option in paper.options]),
            ("stems", overlay.stems, [item.id for item in paper.items if item.stem]),
            ("texts", _optional_texts(overlay), _optional_texts(paper)),
        )
        for text in sorted(set(has) ^ set(needs))
    ]


def _optional_texts(pack: Paper | Overlay) -> list[str]:
    return [name for name in ("guardian", "remark") if getattr(pack, name)]


def list_papers() -> list[str]:
    """The names of the papers that ship."""
    return sorted(path.stem for path in FOLDER.glob("*.toml") if "." not in path.stem)


@cache
def list_languages(name: str) -> tuple[str, ...]:
    """The languages a paper can be read in besides its own: those that its edition was laid over with."""
    edition = edition_of(name)
    files = sorted(FOLDER.glob(f"{edition}.*.toml"))
    return tuple(path.stem.removeprefix(f"{edition}.") for path in files)
