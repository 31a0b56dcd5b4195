"""The register of problems."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TEXTS = (
    *("stage", "indicator", "source", "text", "root_cause", "measure", "lead", "cooperating", "post", "progress"),
    *("state", "applied_by", "applied_with", "verified_by"),
)


def upgrade() -> None:
    op.create_table(
        "problem",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(), nullable=True),
        sa.Column("school", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in TEXTS),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("found_at", sa.DateTime(), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("reopened", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("standard", sa.String(), nullable=False, server_default=""),
        sa.Column("judged", sa.String(), nullable=False, server_default=""),
        sa.Column("found", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_problem")),
        sa.UniqueConstraint("identity", name=op.f("uq_problem_identity")),
    )
    op.create_index(op.f("ix_problem_school"), "problem", ["school"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_problem_school"), table_name="problem")
    op.drop_table("problem")
