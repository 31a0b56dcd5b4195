"""Standards (评估标准) as data: one county plan each, with the clause beside every value."""

from analysis.standard.edition import (
    Condition,
    Document,
    Indicator,
    Measure,
    Requirement,
    Standard,
    check_standards,
    list_standards,
    load_standard,
    read_standard,
    standard_digests,
)
from analysis.standard.recognition_line import hold_to_standard

__all__ = [
    "Condition",
    "Document",
    "Indicator",
    "Measure",
    "Requirement",
    "Standard",
    "check_standards",
    "hold_to_standard",
    "list_standards",
    "load_standard",
    "read_standard",
    "standard_digests",
]
