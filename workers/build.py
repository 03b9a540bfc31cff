"""Which version of the code a worker runs: a hash of its source, so that equal code is one version everywhere."""

import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("contracts", "workflows", "activities", "adapters", "documents", "policy", "records", "runtime", "workers")


def build_id() -> str:
    """Sixteen hex digits over all source and data files of the rooms that a worker holds."""
    digest = hashlib.sha256()
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            if path.suffix in {".py", ".yaml", ".typ", ".csv"}:
                digest.update(str(path.relative_to(ROOT)).encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
