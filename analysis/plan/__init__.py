"""Planning a round: who is asked, how many slips, what it can prove."""

from analysis.plan.planning import plan_survey
from analysis.plan.quotas import group_quotas, sample_plan, sample_strata, spread

__all__ = ["group_quotas", "plan_survey", "sample_plan", "sample_strata", "spread"]
