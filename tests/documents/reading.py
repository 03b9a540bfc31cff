"""A PDF as its reader sees it."""

import subprocess
import unicodedata


def text_of(pdf: bytes) -> str:
    """The words in reading order, each gap one space."""
    read = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True)  # noqa: S607
    return " ".join(unicodedata.normalize("NFC", read.stdout.decode()).split())
