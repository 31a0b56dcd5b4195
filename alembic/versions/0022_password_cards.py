"""Cards of numbered passwords, and the letters by which an administrator may act at once."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "card_password",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hashed", sa.String(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_card_password_account")),
        sa.PrimaryKeyConstraint("account", "number", name=op.f("pk_card_password")),
    )
    op.create_table(
        "appointment",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_appointment_account")),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_appointment")),
    )


def downgrade() -> None:
    op.drop_table("appointment")
    op.drop_table("card_password")
