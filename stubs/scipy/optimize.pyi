from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

class OptimizeResult:
    status: int
    fun: float
    x: Floats
    mip_dual_bound: float

class Bounds:
    def __init__(self, lb: npt.ArrayLike, ub: npt.ArrayLike) -> None: ...

class LinearConstraint:
    def __init__(self, A: Any, lb: npt.ArrayLike, ub: npt.ArrayLike) -> None: ...

def brentq(f: Callable[[float], float], a: float, b: float, *, xtol: float = 2e-12) -> float: ...
def linprog(
    c: Floats,
    *,
    A_ub: Floats | None = None,
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
    bounds: Bounds | None = None,
    constraints: Sequence[LinearConstraint] | LinearConstraint = (),
    options: dict[str, float | bool] | None = None,
) -> OptimizeResult: ...
