"""What is told of a survey that was measured: rounded once, statements at the edges, audited.

docs/method.md, section 10.
"""

from analysis.release.publishing import Released, release_survey
from analysis.release.securing import Told, secure_release

__all__ = ["Released", "Told", "release_survey", "secure_release"]
