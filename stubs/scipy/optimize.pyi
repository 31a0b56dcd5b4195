from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

Floats = npt.NDArray[np.float64]

class OptimizeResult:
    status: int
    fun: float
    x: Floats
    mip_dual_bound: float

def brentq(f: Callable[[float], float], a: float, b: float, *, xtol: float = 2e-12) -> float: ...
def linprog(
    c: Floats,
    *,
    A_ub: csr_matrix | None = None,
    b_ub: Floats | None = None,
    A_eq: Floats | None = None,
    b_eq: npt.ArrayLike | None = None,
    bounds: Floats | None = None,
    method: str = "highs",
) -> OptimizeResult: ...
def milp(
    c: Floats,
    *,
    integrality: npt.ArrayLike | None = None,
    constraints: tuple[csr_matrix, Floats, Floats],
    options: dict[str, float | bool] | None = None,
) -> OptimizeResult: ...
