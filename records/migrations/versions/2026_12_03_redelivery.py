"""redelivery: a message that was refused for good goes out under a new key"""

import sqlalchemy as sa
from alembic import op

revision = '2026_12_03_redelivery'
down_revision = '2026_12_02_pages'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('outbox', sa.Column('attempt_group', sa.Integer(), nullable=False, server_default='1'))


def downgrade() -> None:
    op.drop_column('outbox', 'attempt_group')
