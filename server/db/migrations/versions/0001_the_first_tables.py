"""The first tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("name", name=op.f("uq_account_name")),
    )
    op.create_table(
        "area",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("parent_id", sa.String(length=40), nullable=True),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("aliases", sa.JSON(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["area.id"], name=op.f("fk_area_parent_id_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
    )
    with op.batch_alter_table("area", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_area_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "item",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.String(length=2000), nullable=False),
        sa.Column("original_language", sa.String(length=35), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item")),
    )
    op.create_table(
        "published_state",
        sa.Column("topic", sa.String(length=120), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("issued", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivered", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("topic", name=op.f("pk_published_state")),
    )
    with op.batch_alter_table("published_state", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_published_state_delivered"), ["delivered"], unique=False)

    op.create_table(
        "item_version",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("item_id", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("original_sha256", sa.String(length=64), nullable=False),
        sa.Column("asset_sha256", sa.String(length=64), nullable=False),
        sa.Column("asset_bytes", sa.BigInteger(), nullable=False),
        sa.Column("asset_samples", sa.BigInteger(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_item_version_item_id_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_version")),
        sa.UniqueConstraint("item_id", "language", name=op.f("uq_item_version_item_id")),
    )
    with op.batch_alter_table("item_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_item_version_asset_sha256"), ["asset_sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_item_version_item_id"), ["item_id"], unique=False)

    op.create_table(
        "login",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_login_account_id_account")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_login")),
    )
    with op.batch_alter_table("login", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_login_account_id"), ["account_id"], unique=False)

    op.create_table(
        "station",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("time_zone", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_station_area_id_area")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station")),
    )
    with op.batch_alter_table("station", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_station_area_id"), ["area_id"], unique=False)

    op.create_table(
        "cluster",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("area_id", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("vendor", sa.String(length=80), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("language_plan", sa.JSON(), nullable=False),
        sa.Column("volume", sa.BigInteger(), nullable=False),
        sa.Column("output_latency_ms", sa.Double(), nullable=False),
        sa.Column("alignment_delay_ms", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["area.id"], name=op.f("fk_cluster_area_id_area")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_cluster_station_id_station")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cluster")),
        sa.UniqueConstraint("code", name=op.f("uq_cluster_code")),
    )
    with op.batch_alter_table("cluster", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cluster_area_id"), ["area_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_cluster_station_id"), ["station_id"], unique=False)

    op.create_table(
        "slot",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("station_id", sa.String(length=40), nullable=False),
        sa.Column("item_id", sa.String(length=40), nullable=False),
        sa.Column("starts_local", sa.String(length=32), nullable=False),
        sa.Column("fold", sa.BigInteger(), nullable=False),
        sa.Column("clusters", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("priority", sa.String(length=20), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_slot_item_id_item")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_slot_station_id_station")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot")),
    )
    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_slot_item_id"), ["item_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_slot_station_id"), ["station_id"], unique=False)

    op.create_table(
        "as_run",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("cluster_id", sa.String(length=40), nullable=False),
        sa.Column("occurrence", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("planned_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.String(length=20), nullable=False),
        sa.Column("volume", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_as_run_cluster_id_cluster")),
        sa.PrimaryKeyConstraint("cluster_id", "id", name=op.f("pk_as_run")),
    )
    with op.batch_alter_table("as_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_as_run_occurrence"), ["occurrence"], unique=False)
        batch_op.create_index(batch_op.f("ix_as_run_planned_start"), ["planned_start"], unique=False)

    op.create_table(
        "cluster_state",
        sa.Column("cluster_id", sa.String(length=40), nullable=False),
        sa.Column("session", sa.BigInteger(), nullable=False),
        sa.Column("connection", sa.String(length=20), nullable=False),
        sa.Column("last_heard", sa.DateTime(timezone=True), nullable=False),
        sa.Column("software_version", sa.String(length=40), nullable=True),
        sa.Column("status", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_cluster_state_cluster_id_cluster")),
        sa.PrimaryKeyConstraint("cluster_id", name=op.f("pk_cluster_state")),
    )
    op.create_table(
        "credential",
        sa.Column("cluster_id", sa.String(length=40), nullable=False),
        sa.Column("secret_sha256", sa.String(length=64), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_credential_cluster_id_cluster")),
        sa.PrimaryKeyConstraint("cluster_id", name=op.f("pk_credential")),
    )
    op.create_table(
        "enrolment_code",
        sa.Column("code_id", sa.String(length=4), nullable=False),
        sa.Column("cluster_id", sa.String(length=40), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_enrolment_code_cluster_id_cluster")),
        sa.PrimaryKeyConstraint("code_id", name=op.f("pk_enrolment_code")),
    )
    with op.batch_alter_table("enrolment_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enrolment_code_cluster_id"), ["cluster_id"], unique=False)

    op.create_table(
        "receiver_event",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("cluster_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("detail", sa.String(length=500), nullable=False),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["cluster_id"], ["cluster.id"], name=op.f("fk_receiver_event_cluster_id_cluster")),
        sa.PrimaryKeyConstraint("cluster_id", "id", name=op.f("pk_receiver_event")),
    )
    with op.batch_alter_table("receiver_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_receiver_event_at"), ["at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("receiver_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_receiver_event_at"))

    op.drop_table("receiver_event")
    with op.batch_alter_table("enrolment_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enrolment_code_cluster_id"))

    op.drop_table("enrolment_code")
    op.drop_table("credential")
    op.drop_table("cluster_state")
    with op.batch_alter_table("as_run", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_as_run_planned_start"))
        batch_op.drop_index(batch_op.f("ix_as_run_occurrence"))

    op.drop_table("as_run")
    with op.batch_alter_table("slot", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_slot_station_id"))
        batch_op.drop_index(batch_op.f("ix_slot_item_id"))

    op.drop_table("slot")
    with op.batch_alter_table("cluster", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cluster_station_id"))
        batch_op.drop_index(batch_op.f("ix_cluster_area_id"))

    op.drop_table("cluster")
    with op.batch_alter_table("station", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_station_area_id"))

    op.drop_table("station")
    with op.batch_alter_table("login", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_login_account_id"))

    op.drop_table("login")
    with op.batch_alter_table("item_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_item_version_item_id"))
        batch_op.drop_index(batch_op.f("ix_item_version_asset_sha256"))

    op.drop_table("item_version")
    with op.batch_alter_table("published_state", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_published_state_delivered"))

    op.drop_table("published_state")
    op.drop_table("item")
    with op.batch_alter_table("area", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_area_parent_id"))

    op.drop_table("area")
    op.drop_table("account")
