from collections.abc import Sequence
from typing import IO

from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

class _Range:
    min_row: int
    max_row: int
    min_col: int
    max_col: int

class _Ranges:
    ranges: Sequence[_Range]

class _Cell:
    fill: PatternFill
    comment: Comment | None
    value: object

class _Worksheet:
    merged_cells: _Ranges
    def cell(self, row: int, column: int) -> _Cell: ...

class _Workbook:
    def __getitem__(self, name: str) -> _Worksheet: ...
    def save(self, filename: IO[bytes]) -> None: ...

def load_workbook(filename: IO[bytes]) -> _Workbook: ...
