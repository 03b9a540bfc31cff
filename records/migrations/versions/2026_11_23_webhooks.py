"""webhooks"""

import sqlalchemy as sa
from alembic import op

revision = '2026_11_23_webhooks'
down_revision = '2026_11_22_first'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('webhooks',
    sa.Column('id', sa.String(), nullable=False),
    sa.Column('client', sa.String(), nullable=False),
    sa.Column('kinds', sa.String(), nullable=True),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('after', sa.BigInteger(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('webhooks', schema=None) as batch_op:
        batch_op.create_index('ix_webhooks_client', ['client', 'created_at'], unique=False)

    op.create_table('webhook_deliveries',
    sa.Column('subscription', sa.String(), nullable=False),
    sa.Column('event', sa.BigInteger(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('last_status', sa.Integer(), nullable=True),
    sa.Column('next_attempt_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('redelivery', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['subscription'], ['webhooks.id'], ),
    sa.PrimaryKeyConstraint('subscription', 'event'),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('webhook_deliveries', schema=None) as batch_op:
        batch_op.create_index('ix_webhook_deliveries_pending', ['subscription', 'event'], unique=False, sqlite_where=sa.text("state = 'pending'"), postgresql_where=sa.text("state = 'pending'"))


def downgrade() -> None:
    op.drop_table('webhook_deliveries')
    op.drop_table('webhooks')
