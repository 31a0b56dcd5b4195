"""Planning a round: who is asked and how many slips; what it can prove is in `planning`, which needs scipy."""

from analysis.plan.quota_tables import sample_plan, sample_strata
from analysis.quota.quotas import group_quotas, spread

__all__ = ["group_quotas", "sample_plan", "sample_strata", "spread"]
