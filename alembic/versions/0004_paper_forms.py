"""Paper forms: until when they are typed in, and what was typed in once."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("round", sa.Column("paper_until", sa.DateTime(), nullable=True))
    op.create_table(
        "paper_entry",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Integer(), nullable=False),
        sa.Column("sitting", sa.LargeBinary(length=16), nullable=False),
        sa.Column("answers", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_paper_entry_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "sheet", name=op.f("pk_paper_entry")),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "postgresql":  # the planner's statistics quote values, and outlive them
        for column in ("sheet", "sitting", "answers"):
            op.execute(f"ALTER TABLE paper_entry ALTER COLUMN {column} SET STATISTICS 0")


def downgrade() -> None:
    op.drop_table("paper_entry")
    op.drop_column("round", "paper_until")
