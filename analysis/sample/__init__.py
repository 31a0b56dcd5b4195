"""A sample as it was drawn: its design, declared or assumed, and the draw itself."""

from analysis.sample.assumed import assumed_design, complete_design
from analysis.sample.design import Design, DesignError, read_design_file, write_design

__all__ = ["Design", "DesignError", "assumed_design", "complete_design", "read_design_file", "write_design"]
