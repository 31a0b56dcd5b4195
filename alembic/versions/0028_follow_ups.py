"""What people say who are asked again whether they had answered, as counts by row of the frame."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "follow_up",
        sa.Column("frame_row_id", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("said_yes", sa.Integer(), nullable=False),
        sa.Column("said_no", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["frame_row_id"], ["frame_row.id"], name=op.f("fk_follow_up_frame_row_id_frame_row")),
        sa.PrimaryKeyConstraint("frame_row_id", name=op.f("pk_follow_up")),
    )


def downgrade() -> None:
    op.drop_table("follow_up")
