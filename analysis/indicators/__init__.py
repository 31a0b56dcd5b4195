"""Indicators of schools: what is computed from their rows, never read."""

from analysis.indicators.between import BetweenShare, between_school_share
from analysis.indicators.values import Variation, coefficient_of_variation, find_sections

__all__ = ["BetweenShare", "Variation", "between_school_share", "coefficient_of_variation", "find_sections"]
