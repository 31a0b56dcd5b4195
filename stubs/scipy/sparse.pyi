from typing import Any

import numpy.typing as npt

class csr_matrix:
    def __init__(self, table: npt.NDArray[Any]) -> None: ...
