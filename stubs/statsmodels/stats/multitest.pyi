import numpy as np
import numpy.typing as npt

def multipletests(
    pvals: npt.ArrayLike, alpha: float = 0.05, method: str = "hs"
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64], float, float]: ...
