"""Keys for tests alone: derived, so that a recorded history can be opened again. Never a real dossier's."""

import hashlib


class DerivedKeys:
    """A key store in memory; a destroyed key stays destroyed."""

    def __init__(self, secret: str = "tests alone") -> None:
        self._secret = secret
        self._destroyed: set[str] = set()

    async def key_for(self, dossier: str) -> bytes:
        if dossier in self._destroyed:
            raise KeyError(dossier)
        return self._derived(dossier)

    def shared_key(self) -> bytes:
        return self._derived("shared")

    def destroy(self, dossier: str) -> None:
        self._destroyed.add(dossier)

    def _derived(self, name: str) -> bytes:
        return hashlib.sha256(f"{self._secret}/{name}".encode()).digest()
