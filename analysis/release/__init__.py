"""What is told of a survey that was measured: rounded once, statements at the edges, audited (release.md 2)."""

from analysis.release.publishing import Released, release_survey

__all__ = ["Released", "release_survey"]
