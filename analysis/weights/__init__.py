"""Weights: design, nonresponse, raking."""

from analysis.weights.design_weights import design_weights, nonresponse_classes, silent_places, weigh_places
from analysis.weights.raking import Raked, rake

__all__ = ["Raked", "design_weights", "nonresponse_classes", "rake", "silent_places", "weigh_places"]
