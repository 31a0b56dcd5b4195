"""Sealed answers: a round's public key, boxes and their numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NUMBER = sa.LargeBinary(length=15)


def upgrade() -> None:
    op.add_column("round", sa.Column("public_key", sa.LargeBinary(length=32), nullable=True))
    op.add_column("round", sa.Column("custody", sa.String(), nullable=False, server_default="server"))
    op.add_column("round", sa.Column("key_sheets", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("round", sa.Column("design", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("round", sa.Column("remarks", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE round SET remarks = true WHERE state IN ('open', 'paused')")
    for name, size in (("box", 128), ("remark_box", 512)):
        op.create_table(
            name,
            sa.Column("id", NUMBER, nullable=False),
            sa.Column("sealed", sa.LargeBinary(length=size), nullable=False),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
            sqlite_with_rowid=False,
        )
    op.create_table(
        "box_number",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_box_number_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_box_number")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for name in ("box_number", "remark_box", "box"):
        op.drop_table(name)
    for column in ("remarks", "design", "key_sheets", "custody", "public_key"):
        op.drop_column("round", column)
