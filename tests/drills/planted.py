"""Families whose names, numbers and addresses can be told from anything else in the world."""

import json
from dataclasses import dataclass, field
from random import randrange
from typing import Any

from cli.families import Family, family
from cli.legal_time import today
from cli.stack import Stack

CHILD, MOTHER, FATHER, STREET, FACILITY = "Zứxoạẵng", "Wjẹbảquử", "Fgữxởfạpj", "Kjữpwởzặc", "Bvjừzặpkw"
WORDS, PAPER, FIELD = "Jwểpxạđốzj", "Xjỡwqịpfụ", "Qwởjzẵkxứ"
"""What clerks, citizens and operators write; what a paper is called and says; what no field is called."""
PHONE, EMAIL, WRONG_PIN = "0987316452", "zwjq.kxuo@fjwz.example", "739184620573918462"
RIGHT_PIN = '"246810"'
"""As a field's value: six digits alone may stand anywhere."""
ADDRESS_TOKEN = "hjwqzx-7391-kjfpw"
"""A secret in a webhook's address."""


@dataclass
class Garden:
    """All that was planted so far."""

    values: set[str] = field(
        default_factory=lambda: {
            *(CHILD, MOTHER, FATHER, STREET, FACILITY, WORDS, PAPER, FIELD),
            *(PHONE, EMAIL, WRONG_PIN, RIGHT_PIN, ADDRESS_TOKEN),
        }
    )

    async def family(self, stack: Stack, seed: int, child: str = CHILD) -> dict[str, Any]:
        """A filing of planted people, whom the stand-ins know."""
        grown = _planted(family("V-B01", stack.settings.sample_office, today(), seed, paper=True), child)
        self.values |= {grown.notice_code, *grown.persons}
        await stack.agency("PUT", f"health-facility/control/birth-notices/{grown.notice_code}", grown.notice)
        for number, person in grown.persons.items():
            await stack.agency("PUT", f"population/control/persons/{number}", person)
        return grown.filing

    def number(self, child: dict[str, Any]) -> str:
        """One that only an agency tells, and that can be this child's: place, century and sex, year, six of chance."""
        number = f"001{2 + (child['sex'] == 'female')}{child['born_on'][2:4]}{randrange(10**6):06}"  # noqa: S311
        self.values.add(number)
        return number


def _planted(made: Family, child: str) -> Family:
    declared = made.filing["declaration"]
    renamed = {
        declared["mother"]["full_name"]: f"Trần {MOTHER}",
        declared["father"]["full_name"]: f"Nguyễn {FATHER}",
        made.notice["tenDuKien"]: f"Nguyễn {child}",
        declared["residence"]["place"]["detail"]: f"Ngõ {STREET}",
        declared["child"]["place_of_birth"]["facility"]: f"Bệnh viện {FACILITY}",
    }
    text = json.dumps([made.filing, made.notice, made.persons], ensure_ascii=False)
    for old, new in renamed.items():
        text = text.replace(old, new)
    filing, notice, persons = json.loads(text)
    filing["declaration"]["child"] |= {"surname": "Nguyễn", "given_name": child}
    filing["declaration"]["child"].pop("middle_name", None)
    filing["applicant"] |= {"phone": PHONE, "email": EMAIL}
    filing["attachments"][0]["name"] = f"{PAPER}.pdf"
    return Family(filing, made.notice_code, notice, persons)
