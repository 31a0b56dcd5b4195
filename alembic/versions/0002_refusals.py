"""A count of those who chose to take no part."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "refusal",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_refusal_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_refusal")),
    )


def downgrade() -> None:
    op.drop_table("refusal")
