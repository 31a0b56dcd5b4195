"""Paper forms that were typed in once are kept locked; those that wait readable are typed in a first time again."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make_anew(sa.Column("locked", sa.LargeBinary(), nullable=False))


def downgrade() -> None:
    _make_anew(sa.Column("answers", sa.String(length=64), nullable=False))


def _make_anew(content: sa.Column[bytes] | sa.Column[str]) -> None:
    op.execute("DELETE FROM paper_entry")
    op.drop_table("paper_entry")
    op.create_table(
        "paper_entry",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Integer(), nullable=False),
        sa.Column("sitting", sa.LargeBinary(length=16), nullable=False),
        content,
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_paper_entry_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "sheet", name=op.f("pk_paper_entry")),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "postgresql":  # the planner's statistics quote values, and outlive them
        for column in ("sheet", "sitting", content.name):
            op.execute(f"ALTER TABLE paper_entry ALTER COLUMN {column} SET STATISTICS 0")
