"""The words that people read, one file a language; both hold the same keys."""

import re
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

LEGAL_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
CLAUSE = re.compile(r" art\. ([0-9]+)\(([0-9]+)\)")
FOLDER = Path(__file__).parent / "words"


class Language(StrEnum):
    VI = "vi"
    EN = "en"


class Words:
    """One language: its words by key, and how it writes days, instants and money."""

    def __init__(self, language: Language, told: dict[str, dict[str, str]]) -> None:
        self.language = language
        self.told = told

    def __call__(self, key: str, /, **values: object) -> str:
        """The words under `section.name`; a missing key is a bug."""
        section, _, name = key.partition(".")
        return self.told[section][name].format(**values)

    def of(self, value: StrEnum) -> str:
        """The words of a state, kind or code that we know."""
        return self.told[type(value).__name__][value.value]

    def code(self, section: str, code: object) -> str:
        """The words of a code that may come from outside: where there are none, the code itself."""
        return self.told[section].get(str(code), str(code))

    def day(self, day: date) -> str:
        """A day as it is written."""
        return f"{day:%d/%m/%Y}" if self.language is Language.VI else f"{day.day} {day:%b %Y}"

    def instant(self, at: datetime) -> str:
        """An instant on Viet Nam's clock."""
        local = at.astimezone(LEGAL_ZONE)
        return f"{local:%H:%M} {self.day(local)}"

    def law(self, reference: str) -> str:
        """Where something stands in the law: "60/2014/QH13 art. 16(2)", said as lawyers of the language say it."""
        known = self.told["law"].get(reference, reference)
        if self.language is not Language.VI:
            return known
        clause = CLAUSE.sub(r", khoản \2 Điều \1", known)
        return clause.replace(" art. ", ", Điều ")

    def money(self, amount: int) -> str:
        """Whole đồng."""
        grouped = f"{amount:,}"
        return f"{grouped.replace(',', '.')} đ" if self.language is Language.VI else f"{grouped} VND"


@cache
def words(language: Language) -> Words:
    """The words of a language, read once."""
    told: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    return Words(language, told)
