"""benefit claims"""

import sqlalchemy as sa
from alembic import op

revision = '2026_11_24_benefit_claims'
down_revision = '2026_11_23_webhooks'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('benefit_claims',
    sa.Column('hash', sa.String(), nullable=False),
    sa.Column('deceased', sa.String(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('part', sa.String(), nullable=False),
    sa.Column('payer', sa.String(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('dossier', sa.String(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('paid_on', sa.Date(), nullable=True),
    sa.Column('reserved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('hash')
    )
    with op.batch_alter_table('benefit_claims', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_benefit_claims_deceased'), ['deceased'], unique=False)
        batch_op.create_index(batch_op.f('ix_benefit_claims_dossier'), ['dossier'], unique=False)


def downgrade() -> None:
    op.drop_table('benefit_claims')
