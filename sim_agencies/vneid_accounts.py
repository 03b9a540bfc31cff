"""Who has an account at the VNeID stand-in: programs with a secret, people with a name."""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, TypeAdapter

from sim_agencies.settings import Settings
from sim_agencies.store import Store

ADDED = "accounts"

SCOPES = {
    "portal": "dossiers:write dossiers:read",
    "clerk": "dossiers:write dossiers:read tasks:read tasks:act",
    "chair": "dossiers:read tasks:read tasks:act",
    "support": "dossiers:read support:read support:act",
    "approver": "dossiers:read support:read support:approve",
    "manager": "statistics:read",
}
PEOPLE = {
    "clerk": ("Trần Thị Mẫu", "Công chức một cửa, tư pháp – hộ tịch"),
    "chair": ("Lê Thị Mẫu", "Chủ tịch Ủy ban nhân dân, người ký · mã PIN ký số 246810"),
    "support": ("Nguyễn Văn Mẫu", "Tổ hỗ trợ"),
    "approver": ("Phạm Văn Mẫu", "Người phê duyệt của tổ hỗ trợ"),
    "manager": ("Hoàng Thị Mẫu", "Lãnh đạo, xem số liệu"),
}
"""Name and what they do; the portal is a program and logs in nowhere."""
WITH_OFFICE = {"clerk", "chair"}


class Account(BaseModel):
    """Someone who may ask for tokens. Who has a `title` is a person and may log in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    client_id: str
    client_secret: str
    subject: str
    scopes: list[str]
    offices: list[str] = []
    name: str = ""
    title: str = ""


ACCOUNTS = TypeAdapter(list[Account])


def accounts(settings: Settings) -> dict[str, Account]:
    """The accounts set, or the built-in sample ones."""
    if settings.accounts:
        given = ACCOUNTS.validate_json(settings.accounts.read_bytes())
        return {account.client_id: account for account in given}
    people = {name: PEOPLE.get(name, ("", "")) for name in SCOPES}
    return {
        name: Account(
            client_id=name,
            client_secret=f"local-{name}",
            subject=f"{name}-sample",
            scopes=scopes.split(),
            offices=[settings.office] if name in WITH_OFFICE else [],
            name=people[name][0],
            title=people[name][1],
        )
        for name, scopes in SCOPES.items()
    }


class Known:
    """Everyone with an account: those of the settings, and those added while it runs, which its store keeps."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._store = store
        self._accounts = accounts(settings)
        self._take(Account.model_validate_json(kept) for kept in store.beginning_with(ADDED, ""))

    def get(self, name: str) -> Account | None:
        """The account with this client id."""
        return self._accounts.get(name)

    def people(self) -> list[Account]:
        """Those who may log in."""
        return [each for each in self._accounts.values() if each.title]

    def add(self, new: list[Account]) -> None:
        """Add or replace accounts."""
        with self._store.transaction():
            for each in new:
                self._store.put(ADDED, each.client_id, each.model_dump_json())
        self._take(new)

    def _take(self, new: Iterable[Account]) -> None:
        self._accounts.update({each.client_id: each for each in new})
