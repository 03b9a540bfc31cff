"""What wards and provinces are called: the names behind the codes that messages carry, as in force since 1 July 2025.

Laid down by the Standing Committee's resolutions of June 2025; where the table comes from is told in README.md.
"""

import csv
import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

HOME = "VN"
LINE_MOST = 500
"""Of a `Line`: papers have no room for more."""
TABLE = Path(__file__).parent / "2025-07-01.csv"
PROVINCES = {
    each[:2]: each[3:]
    for each in (
        *("01 Hà Nội", "04 Cao Bằng", "08 Tuyên Quang", "11 Điện Biên", "12 Lai Châu", "14 Sơn La", "15 Lào Cai"),
        *("19 Thái Nguyên", "20 Lạng Sơn", "22 Quảng Ninh", "24 Bắc Ninh", "25 Phú Thọ", "31 Hải Phòng"),
        *("33 Hưng Yên", "37 Ninh Bình", "38 Thanh Hóa", "40 Nghệ An", "42 Hà Tĩnh", "44 Quảng Trị", "46 Huế"),
        *("48 Đà Nẵng", "51 Quảng Ngãi", "52 Gia Lai", "56 Khánh Hòa", "66 Đắk Lắk", "68 Lâm Đồng", "75 Đồng Nai"),
        *("79 Thành phố Hồ Chí Minh", "80 Tây Ninh", "82 Đồng Tháp", "86 Vĩnh Long", "91 An Giang", "92 Cần Thơ"),
        "96 Cà Mau",
    )
}
"""Names of provinces by code."""
KINDS = re.compile(
    r"^(phường|xã|đặc khu|thị trấn|thị xã|tỉnh|thành phố|(?:p|x|tp|tx|tt)\.|(?:tp|tx|tt)\b)\s*", re.IGNORECASE
)


class Ward(NamedTuple):
    """A ward, commune or special zone; `name` begins with which of them it is: "Phường Hoàn Kiếm"."""

    code: str
    province: str
    name: str

    @property
    def within(self) -> str:
        """The name as it stands in the middle of an address: "phường Hoàn Kiếm"."""
        return self.name[0].lower() + self.name[1:]


def ward(code: str | None) -> Ward | None:
    """The ward of a code; none where no ward in force has it."""
    return _wards().get(code) if code else None


def address(detail: str, province: str | None, ward_code: str | None = None, country: str = HOME) -> str:
    """An address in one line: what was declared, then ward and province, as far as it does not name them itself."""
    if country != HOME:
        return detail
    found, parts = ward(ward_code), [each.strip() for each in detail.split(",")]
    last = PROVINCES.get(province) if province else None
    if last and _bare(parts[-1]) == _bare(last):
        last = parts.pop()
    if found and _bare(found.name) not in {_bare(each) for each in parts}:
        parts.append(found.within)
    whole = ", ".join([*parts, *([last] if last else [])])
    return whole if len(whole) <= LINE_MOST else detail


def _bare(name: str) -> str:
    """A place's name by itself, to compare: without its kind, in small letters, whichever vowel has the tone mark."""
    letters = unicodedata.normalize("NFD", KINDS.sub("", name).casefold())
    return "".join(sorted(letters))


@cache
def _wards() -> dict[str, Ward]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["code"]: Ward(**row) for row in csv.DictReader(file)}
