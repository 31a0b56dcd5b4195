"""The four-dimension verdict (自评结论) under a standard."""

from analysis.indicators.county_tables import NOTHING, CountyTables
from analysis.verdict.judgement import Judgement, read_judgement
from analysis.verdict.judging import judge, judge_recognition
from analysis.verdict.surveyed import SurveyedRate, read_surveyed, take_surveyed

__all__ = [
    "NOTHING",
    "CountyTables",
    "Judgement",
    "SurveyedRate",
    "judge",
    "judge_recognition",
    "read_judgement",
    "read_surveyed",
    "take_surveyed",
]
