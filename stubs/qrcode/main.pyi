from collections.abc import Sized
from typing import Protocol

class _Data(Sized, Protocol):
    mode: int

class QRCode:
    modules: list[list[bool | None]]
    modules_count: int
    version: int
    data_list: list[_Data]
    def __init__(self, *, error_correction: int, mask_pattern: int | None = None) -> None: ...
    def add_data(self, data: str, optimize: int = 20) -> None: ...
    def best_fit(self) -> int: ...
    def make(self, fit: bool = True) -> None: ...
