"""What the runtime needs from others."""

from typing import Protocol


class KeyUnknown(Exception):
    """No key is kept under this name: it was never made, or it was destroyed so that its data is gone."""


class KeyStore(Protocol):
    """Keys for what is encrypted, 32 bytes each."""

    async def key_for(self, dossier: str) -> bytes:
        """The dossier's own key; raises where there is none (never made, or destroyed)."""
        ...

    def shared_key(self) -> bytes:
        """The key for what belongs to no dossier."""
        ...
