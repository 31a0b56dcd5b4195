"""Devices that accounts came from before, and whose name a failed try was for."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_device",
        sa.Column("digest", sa.LargeBinary(length=16), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("seen", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.name"], name=op.f("fk_known_device_account")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_known_device")),
    )
    op.create_index(op.f("ix_known_device_account"), "known_device", ["account"], unique=False)
    op.add_column("failed_sign_in", sa.Column("account", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("failed_sign_in", "account")
    op.drop_index(op.f("ix_known_device_account"), table_name="known_device")
    op.drop_table("known_device")
