"""Free digits of numbers that agencies give out."""

import random


def digits(count: int) -> str:
    return f"{random.randrange(10**count):0{count}}"
