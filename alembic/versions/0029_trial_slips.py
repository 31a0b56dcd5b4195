"""Slips that phones open before codes are made, and when they did."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trial_slip",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_trial_slip_round_id_round")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_trial_slip")),
    )
    op.create_index(op.f("ix_trial_slip_round_id"), "trial_slip", ["round_id"])


def downgrade() -> None:
    op.drop_table("trial_slip")
