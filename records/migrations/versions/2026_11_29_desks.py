"""desks: accounts, seals, tasks in hand"""

import sqlalchemy as sa
from alembic import op

revision = '2026_11_29_desks'
down_revision = '2026_11_28_sessions'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('offices', sa.Column('successor', sa.String(), nullable=True))
    op.add_column('certificates', sa.Column('not_before', sa.DateTime(timezone=True), nullable=True))
    op.add_column('certificates', sa.Column('not_after', sa.DateTime(timezone=True), nullable=True))
    op.create_table('accounts',
    sa.Column('person', sa.String(), nullable=False),
    sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_to', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('person')
    )
    op.create_table('seals',
    sa.Column('credential', sa.String(), nullable=False),
    sa.Column('office', sa.String(), nullable=False),
    sa.Column('valid_from', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_to', sa.DateTime(timezone=True), nullable=True),
    sa.Column('certificate', sa.LargeBinary(), nullable=False),
    sa.Column('not_before', sa.DateTime(timezone=True), nullable=False),
    sa.Column('not_after', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('credential', 'office', 'valid_from')
    )
    op.create_index('ix_seals_office', 'seals', ['office', 'valid_from'], unique=False)
    op.create_table('task_holders',
    sa.Column('task', sa.String(), nullable=False),
    sa.Column('person', sa.String(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('task')
    )
    op.create_index('ix_task_holders_person', 'task_holders', ['person', 'task'], unique=False)
    op.create_table('task_hand_overs',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
    sa.Column('task', sa.String(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(), nullable=False),
    sa.Column('before', sa.String(), nullable=True),
    sa.Column('after', sa.String(), nullable=True),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_task_hand_overs_task', 'task_hand_overs', ['task', 'id'], unique=False)


def downgrade() -> None:
    op.drop_table('task_hand_overs')
    op.drop_table('task_holders')
    op.drop_table('seals')
    op.drop_table('accounts')
    op.drop_column('certificates', 'not_after')
    op.drop_column('certificates', 'not_before')
    op.drop_column('offices', 'successor')
