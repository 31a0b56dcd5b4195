"""Published tables as other programs take them: columns, labels, what values mean, and a codebook."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd
from msgspec import to_builtins

from analysis.disclosure.unit_rows import COLUMNS
from analysis.published import Published
from analysis.results import COUNTY, Domains, Estimate
from questionnaires.paper import Paper
from reports.exports.export_words import load_export_words
from reports.setting.findings import name_groups

Meanings = dict[str | int, str]
FORMS = "forms"
IN_WORDS = ("level", "scope", "state")
OF_GROUP = (
    "received", "valid", "response_rate", "rate", "at_least", "at_most", "lower", "upper", "deff", "unknown",
    "unknown_at_most",
)  # fmt: skip
OF_DOMAIN = ("domain", "domain_name", "rate", "at_least", "at_most", "lower", "upper", "n")


class ExportTable(NamedTuple):
    """A table to hand out: `labels` by column, and by column what its values mean."""

    name: str
    rows: pd.DataFrame
    labels: dict[str, str]
    values: dict[str, Meanings]

    @property
    def title(self) -> str:
        """What the table is called."""
        return load_export_words().title(self.name)

    def in_words(self) -> pd.DataFrame:
        """The rows as people read them; of single forms the items keep their ids, the codebook has their wording."""
        words = {name: self.rows[name].map(self.values[name]) for name in IN_WORDS if name in self.rows}
        headers = load_export_words().columns if self.name == FORMS else self.labels
        return self.rows.assign(**words).rename(columns=headers)


def published_tables(published: Published, papers: Sequence[Paper]) -> list[ExportTable]:
    """Groups, items, topics and units as they were published; a rate that is not shown is missing."""
    estimate = published.estimate
    items = _table(
        "items", ("item", "topic_name", *OF_DOMAIN, "unknown", "unknown_at_most"), _item_rows(estimate, papers[0])
    )
    return [
        _table("groups", ("domain", "domain_name", *OF_GROUP), _group_rows(estimate)),
        items._replace(values={"item": _texts(papers)}),
        _table("topics", ("topic", "topic_name", *OF_DOMAIN), _topic_rows(estimate, papers[0])),
        _table("units", ("group", "group_name", *COLUMNS[1:]), _unit_rows(published)),
    ]


def _group_rows(estimate: Estimate) -> Iterator[Mapping[str, Any]]:
    """The county, then every group."""
    whole = to_builtins(estimate.county) | {"received": estimate.received, "valid": estimate.valid}
    yield {"domain": COUNTY, "domain_name": _name(COUNTY), **whole}
    for group, rate in estimate.groups.items():
        yield {"domain": group, "domain_name": _name(group), **to_builtins(rate)}


def _item_rows(estimate: Estimate, paper: Paper) -> Iterator[Mapping[str, Any]]:
    topics = {topic.id: topic.name for topic in paper.topics}
    names = {item.id: topics.get(item.topic, "") for item in paper.items}
    for item, domains in estimate.items.items():
        for row in _domain_rows(domains):
            yield {"item": item, "topic_name": names[item], **row}


def _topic_rows(estimate: Estimate, paper: Paper) -> Iterator[Mapping[str, Any]]:
    names = {topic.id: topic.name for topic in paper.topics}
    for topic, domains in estimate.topics.items():
        for row in _domain_rows(domains):
            yield {"topic": topic, "topic_name": names[topic], **row}


def _domain_rows(domains: Domains) -> Iterator[Mapping[str, Any]]:
    for domain, rate in domains.items():
        yield {"domain": domain, "domain_name": _name(domain), **to_builtins(rate)}


def _unit_rows(published: Published) -> Iterator[Mapping[str, Any]]:
    for row in published.unit_rows:
        yield {"group_name": _name(row.group), **to_builtins(row)}


def _name(domain: str) -> str:
    return load_export_words().county if domain == COUNTY else name_groups(domain)


def forms_table(forms: pd.DataFrame, papers: Sequence[Paper]) -> ExportTable:
    """Single forms (`disclosure.forms_file.forms_to_show`) with what the questions and the options say."""
    options: Meanings = {}
    for option in (option for paper in papers for option in paper.options):
        known = options.get(option.value, option.label)
        options[option.value] = known if option.label in known.split("/") else f"{known}/{option.label}"
    answers = load_export_words().values.get("answer", {})
    options |= {int(value): meaning for value, meaning in answers.items()}
    table = _labelled(FORMS, forms)
    items = [item for item in papers[0].item_ids if item in forms]
    texts = _texts(papers)
    return table._replace(
        labels=table.labels | {item: str(texts[item]) for item in items},
        values=table.values | dict.fromkeys(items, options),
    )


def codebook_of(tables: Sequence[ExportTable]) -> ExportTable:
    """What every column and value of the tables means."""
    labels = dict(load_export_words().codebook_columns)
    rows = [
        (table.title, column, label, value, meaning)
        for table in tables
        for column, label in table.labels.items()
        for value, meaning in {"": "", **table.values.get(column, {})}.items()
    ]
    return ExportTable("codebook", pd.DataFrame(rows, columns=list(labels)), labels, {})


def _table(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> ExportTable:
    return _labelled(name, pd.DataFrame(list(rows), columns=list(columns)))


def _labelled(name: str, rows: pd.DataFrame) -> ExportTable:
    words = load_export_words()
    columns = list(map(str, rows))
    labels = {column: words.columns.get(column, column) for column in columns}
    values = {column: Meanings(words.values[column].items()) for column in columns if column in words.values}
    return ExportTable(name, rows, labels, values)


def _texts(papers: Sequence[Paper]) -> Meanings:
    """Item -> its wording on each paper."""
    texts: dict[str, dict[str, None]] = {}
    for item in (item for paper in papers for item in paper.items):
        texts.setdefault(item.id, {})[item.text] = None
    return {item: " / ".join(wordings) for item, wordings in texts.items()}
