"""Counts and amounts of which indicators are computed."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "raw_figure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_year", sa.String(), nullable=False),
        sa.Column("figure", sa.String(), nullable=False),
        sa.Column("school", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raw_figure")),
    )
    op.create_index(op.f("ix_raw_figure_school_year"), "raw_figure", ["school_year"])


def downgrade() -> None:
    op.drop_table("raw_figure")
