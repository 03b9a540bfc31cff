"""Every notice that the outbox can hold has its words."""

from adapters.notification import TEXTS
from records.partners import Notice


def test_every_notice_has_its_text() -> None:
    assert set(TEXTS) == {notice.value for notice in Notice}
