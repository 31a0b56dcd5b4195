"""The cell table: sums of the forms of one (measure, stratum, psu), all that estimators see."""

from analysis.cells.tallying import tally

__all__ = ["tally"]
