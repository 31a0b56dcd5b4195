"""From how few networks the forms of class codes came, as counts by batch and day."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "day_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("forms", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_day_count_batch_id_batch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_count")),
    )
    op.create_index(op.f("ix_day_count_batch_id"), "day_count", ["batch_id"])


def downgrade() -> None:
    op.drop_table("day_count")
