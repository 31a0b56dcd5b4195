"""The four-dimension verdict (自评结论) under a standard."""

from analysis.verdict.judging import judge, judge_recognition

__all__ = ["judge", "judge_recognition"]
