"""The product's workers with a mistake in one step, as a wrong release would have it; told by `FAULTY_STEP` alone."""

import os

from workers import __main__ as workers
from workflows.birth import BirthDossier


async def mistaken(*facts: object) -> None:
    """What nobody tried out before the release."""
    raise RuntimeError("a mistake in the program")


if __name__ == "__main__":
    setattr(BirthDossier, os.environ["FAULTY_STEP"], mistaken)
    workers.main()
