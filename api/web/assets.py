"""Static files: vendored as they were published, addressed by their content, kept by browsers for good."""

import hashlib
from functools import cache
from pathlib import Path

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response

FOLDER = Path(__file__).parent / "static"
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
KEPT = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
SHORT = 16

router = APIRouter(prefix="/static", include_in_schema=False)


@cache
def _content(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


@cache
def address(name: str) -> str:
    """Where browsers find the file; changes with its content."""
    return f"/static/{hashlib.sha256(_content(name)).hexdigest()[:SHORT]}/{name}"


@cache
def _served() -> dict[str, str]:
    return {address(each.name): each.name for each in FOLDER.iterdir() if each.suffix in TYPES}


@router.get("/{digest}/{name}")
async def static(digest: str, name: str) -> Response:
    """One file."""
    if f"/static/{digest}/{name}" not in _served():
        raise HTTPException(404)
    return Response(_content(name), headers=KEPT, media_type=TYPES[Path(name).suffix])
