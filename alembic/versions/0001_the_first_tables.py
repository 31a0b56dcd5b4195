"""The first tables, and the triggers that keep the audit as it was written."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END",
        "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END",
        "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id) "
        "BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION keep_audit() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit is only added to'; END $$",
        "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION keep_audit()",
    ),
}


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_table(
        "county_value",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("school_year", sa.String(), nullable=False),
        sa.Column("indicator", sa.String(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_county_value")),
    )
    op.create_index(op.f("ix_county_value_school_year"), "county_value", ["school_year"], unique=False)
    op.create_table(
        "round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("county", sa.String(), nullable=False),
        sa.Column("organiser", sa.String(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("population_source", sa.String(), nullable=False),
        sa.Column("school_year", sa.String(), nullable=False),
        sa.Column("standard", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("papers", sa.JSON(), nullable=False),
        sa.Column("opens", sa.DateTime(), nullable=False),
        sa.Column("closes", sa.DateTime(), nullable=False),
        sa.Column("invented", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
        sa.UniqueConstraint("name", name=op.f("uq_round_name")),
    )
    op.create_table(
        "school",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("moe_code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("parent_school", sa.String(), nullable=False),
        sa.Column("township", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("ownership", sa.String(), nullable=False),
        sa.Column("built_year", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_school")),
    )
    op.create_table(
        "place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("group", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_place_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
        sa.UniqueConstraint("round_id", "group", "place", name=op.f("uq_place_round_id_group_place")),
    )
    op.create_table(
        "published",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_published_round_id")),
        sa.PrimaryKeyConstraint("round_id", "name", name=op.f("pk_published")),
    )
    op.create_table(
        "remark",
        sa.Column("key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("group", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_remark_round_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_remark")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "resource",
        sa.Column("school_year", sa.String(), nullable=False),
        sa.Column("school", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["school"], ["school.code"], name=op.f("fk_resource_school")),
        sa.PrimaryKeyConstraint("school_year", "school", "stage", name=op.f("pk_resource")),
    )
    op.create_table(
        "form",
        sa.Column("key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("paper", sa.String(), nullable=False),
        sa.Column("answers", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_form_place_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_form")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_form_place_id"), "form", ["place_id"], unique=False)
    op.create_table(
        "frame_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=True),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.Column("group", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("class", sa.String(), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=True),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("invited", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("township", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_frame_row_place_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_frame_row_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frame_row")),
        sa.UniqueConstraint("round_id", "group", "unit", "class", name=op.f("uq_frame_row_round_id_group_unit_class")),
    )
    op.create_index(op.f("ix_frame_row_round_id"), "frame_row", ["round_id"], unique=False)
    op.create_table(
        "batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("frame_row_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("codes", sa.Integer(), nullable=False),
        sa.Column("issued", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["frame_row_id"], ["frame_row.id"], name=op.f("fk_batch_frame_row_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_index(op.f("ix_batch_frame_row_id"), "batch", ["frame_row_id"], unique=False)
    op.create_table(
        "code",
        sa.Column("digest", sa.LargeBinary(length=16), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_code_batch_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_code")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_code_batch_id"), "code", ["batch_id"], unique=False)
    op.create_table(
        "ledger",
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.Column("five_minutes", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_ledger_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "five_minutes", name=op.f("pk_ledger")),
    )
    op.create_table(
        "spent",
        sa.Column("ticket", sa.LargeBinary(length=16), nullable=False),
        sa.Column("holder", sa.LargeBinary(length=16), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_spent_batch_id")),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_spent")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_spent_batch_id"), "spent", ["batch_id"], unique=False)
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    op.drop_index(op.f("ix_spent_batch_id"), table_name="spent")
    op.drop_table("spent")
    op.drop_table("ledger")
    op.drop_index(op.f("ix_code_batch_id"), table_name="code")
    op.drop_table("code")
    op.drop_index(op.f("ix_batch_frame_row_id"), table_name="batch")
    op.drop_table("batch")
    op.drop_index(op.f("ix_frame_row_round_id"), table_name="frame_row")
    op.drop_table("frame_row")
    op.drop_index(op.f("ix_form_place_id"), table_name="form")
    op.drop_table("form")
    op.drop_table("resource")
    op.drop_table("remark")
    op.drop_table("published")
    op.drop_table("place")
    op.drop_table("school")
    op.drop_table("round")
    op.drop_index(op.f("ix_county_value_school_year"), table_name="county_value")
    op.drop_table("county_value")
    op.drop_table("audit")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION keep_audit()")
