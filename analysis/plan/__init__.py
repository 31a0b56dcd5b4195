"""Planning a round: who is asked and how many slips; what it can prove is in `planning`, which needs scipy."""

from analysis.plan.quotas import group_quotas, sample_plan, sample_strata, spread

__all__ = ["group_quotas", "sample_plan", "sample_strata", "spread"]
