"""The tables. Form and ticket share no key, no time and no usable order (spec 7.1)."""

from survey_app.core.models.console_tables import Account, Custody, Draft, FailedSignIn, Job, Proposal, SignIn
from survey_app.core.models.survey_tables import (
    Audit,
    Batch,
    Code,
    CountyValue,
    Form,
    FrameRow,
    Ledger,
    PaperEntry,
    Place,
    Published,
    Refusal,
    Remark,
    Resource,
    Round,
    School,
    Spent,
)
from survey_app.core.models.table import Model

__all__ = [
    "Account",
    "Audit",
    "Batch",
    "Code",
    "CountyValue",
    "Custody",
    "Draft",
    "FailedSignIn",
    "Form",
    "FrameRow",
    "Job",
    "Ledger",
    "Model",
    "PaperEntry",
    "Place",
    "Proposal",
    "Published",
    "Refusal",
    "Remark",
    "Resource",
    "Round",
    "School",
    "SignIn",
    "Spent",
]
