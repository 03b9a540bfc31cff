"""differences_counted: a comparison tells how many differences it saw, and which it settled"""

import sqlalchemy as sa
from alembic import op

revision = '2026_12_05_differences_counted'
down_revision = '2026_12_04_stuck_by_due'
branch_labels = None
depends_on = None

COUNTS = ('missing', 'extra', 'different', 'settled')


def upgrade() -> None:
    for name in COUNTS:
        op.add_column('reconciliations', sa.Column(name, sa.Integer(), nullable=False, server_default='0'))
    op.add_column('discrepancies', sa.Column('settled_by', sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column('discrepancies', 'settled_by')
    for name in COUNTS:
        op.drop_column('reconciliations', name)
