import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

class Normal:
    def ppf(self, q: float) -> float: ...
    def pdf(self, x: float) -> float: ...
    def cdf(self, x: npt.ArrayLike) -> Floats: ...

class Binomial:
    def sf(self, k: npt.ArrayLike, n: npt.ArrayLike, p: npt.ArrayLike) -> Floats: ...

class NegativeBinomial:
    def sf(self, k: npt.ArrayLike, n: npt.ArrayLike, p: npt.ArrayLike) -> Floats: ...

class BetaBinomial:
    def sf(self, k: npt.ArrayLike, n: npt.ArrayLike, a: npt.ArrayLike, b: npt.ArrayLike) -> Floats: ...

norm: Normal
binom: Binomial
nbinom: NegativeBinomial
betabinom: BetaBinomial
