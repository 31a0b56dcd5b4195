"""What exported tables, columns and values are called."""

from functools import cache

from msgspec import Struct, convert

from questionnaires.pack import read_toml
from reports.setting.typesetting import TEMPLATES


class ExportWords(Struct, frozen=True, kw_only=True):
    """Names in Chinese: of tables and columns by id, and by column what its values mean."""

    codebook: str
    workbook: str
    readme: str
    county: str
    tables: dict[str, str]
    columns: dict[str, str]
    values: dict[str, dict[str, str]]
    codebook_columns: dict[str, str]

    def value(self, column: str, value: str) -> str:
        """What a value of a column means."""
        return self.values[column][value]

    def title(self, table: str) -> str:
        """What a table is called; the codebook is none of the published ones."""
        return self.tables.get(table, self.codebook)


@cache
def load_export_words() -> ExportWords:
    """The words of exports."""
    return convert(read_toml(TEMPLATES / "export.toml"), ExportWords)
