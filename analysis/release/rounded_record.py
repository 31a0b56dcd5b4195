"""What figures rest on, with no more digits than say something."""

from math import ceil, floor

from msgspec.structs import replace

from analysis.results import CheckOutcome, IntegrityOutcome, Provenance, Revisit

P_STEPS = (0.001, 0.01, 0.05, 0.1, 1.0)
DIGITS = 2


def worst_p(p: float | None) -> float | None:
    """Holm's p as "at most": the standard error would follow from its digits.

    >>> worst_p(0.0304), worst_p(1e-7), worst_p(None)
    (0.05, 0.001, None)
    """
    return None if p is None else next(step for step in P_STEPS if p <= step or step == P_STEPS[-1])


def tell_integrity(found: IntegrityOutcome) -> IntegrityOutcome:
    """Counts alone: a mean over few places, however rounded, tells which forms lie together in a place.

    Who swapped the forms of two places for others with the same headlines moved no other figure but these.
    """
    return replace(found, checks={name: _count_alone(check) for name, check in found.checks.items()})


def _count_alone(check: CheckOutcome) -> CheckOutcome:
    return replace(check, statistic=None, expected=None)


def round_provenance(provenance: Provenance) -> Provenance:
    """The likeness inside classes with two decimals."""
    coverage = provenance.coverage
    if coverage is None:
        return provenance
    return replace(
        provenance,
        coverage=replace(
            coverage,
            rho=_rounded(coverage.rho),
            forms_per_class=_rounded(coverage.forms_per_class),
            cv_weights=_rounded(coverage.cv_weights),
        ),
    )


def round_revisits(found: tuple[Revisit, ...]) -> tuple[Revisit, ...]:
    """k with one decimal, its interval outward.

    >>> k = Revisit(groups=("parent",), forms=40, ratio=0.744, lower=0.58, upper=0.94)
    >>> [(told.ratio, told.lower, told.upper) for told in round_revisits((k,))]
    [(0.7, 0.5, 1.0)]
    """
    return tuple(
        replace(
            revisit,
            ratio=round(revisit.ratio, 1),
            lower=floor(10 * revisit.lower) / 10,
            upper=ceil(10 * revisit.upper) / 10,
        )
        for revisit in found
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)
