"""What the runtime needs from others."""

from typing import Protocol


class KeyStore(Protocol):
    """Keys for what is encrypted, 32 bytes each."""

    async def key_for(self, dossier: str) -> bytes:
        """The dossier's own key; raises where there is none (never made, or destroyed)."""
        ...

    def shared_key(self) -> bytes:
        """The key for what belongs to no dossier."""
        ...
