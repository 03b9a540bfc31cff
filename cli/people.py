"""Synthetic people: Vietnamese names, numbers and places that hang together; nobody of them exists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Literal

Gender = Literal["male", "female"]

SURNAMES = (
    *("Nguyễn", "Nguyễn", "Nguyễn", "Nguyễn", "Trần", "Trần", "Lê", "Lê", "Phạm", "Hoàng", "Huỳnh", "Vũ", "Võ", "Đặng"),
    *("Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Đinh", "Đoàn", "Trịnh", "Mai", "Tạ", "Lương", "Quách", "Nông", "Lò"),
)
"""Repeated roughly as they are met."""
MIDDLE: dict[Gender, tuple[str, ...]] = {
    "male": ("Văn", "Đức", "Minh", "Hữu", "Quốc", "Gia", "Anh", "Xuân", "Thành", "Công", "Nhật", "Trọng", "Việt"),
    "female": ("Thị", "Thị Thu", "Ngọc", "Thanh", "Khánh", "Bảo", "Phương", "Quỳnh", "Diễm", "Mỹ", "Tường", "Thùy"),
}
GIVEN: dict[Gender, tuple[str, ...]] = {
    "male": (
        *("An", "Bình", "Cường", "Dũng", "Đạt", "Giang", "Hải", "Hiếu", "Hưng", "Khải", "Khôi", "Lâm", "Long", "Nam"),
        *("Nghĩa", "Phúc", "Quân", "Sơn", "Tâm", "Thắng", "Thịnh", "Tiến", "Trung", "Tuấn", "Tùng", "Vinh", "Vương"),
    ),
    "female": (
        *("Anh", "Ánh", "Châu", "Chi", "Diệp", "Dung", "Đào", "Hà", "Hạnh", "Hằng", "Hiền", "Hoa", "Hồng", "Hương"),
        *("Lan", "Linh", "Ly", "Mai", "Nga", "Ngân", "Nhi", "Nhung", "Như", "Thảo", "Thủy", "Trang", "Uyên", "Yến"),
    ),
}
ETHNICITIES = (*("Kinh",) * 12, "Tày", "Thái", "Mường", "Nùng", "Khmer")
_PROVINCES = (
    "01 Hà Nội, 04 Cao Bằng, 08 Tuyên Quang, 11 Điện Biên, 12 Lai Châu, 14 Sơn La, 15 Lào Cai, "
    "19 Thái Nguyên, 20 Lạng Sơn, 22 Quảng Ninh, 24 Bắc Ninh, 25 Phú Thọ, 31 Hải Phòng, 33 Hưng Yên, "
    "37 Ninh Bình, 38 Thanh Hóa, 40 Nghệ An, 42 Hà Tĩnh, 44 Quảng Trị, 46 Huế, 48 Đà Nẵng, "
    "51 Quảng Ngãi, 52 Gia Lai, 56 Khánh Hòa, 66 Đắk Lắk, 68 Lâm Đồng, 75 Đồng Nai, "
    "79 Thành phố Hồ Chí Minh, 80 Tây Ninh, 82 Đồng Tháp, 86 Vĩnh Long, 91 An Giang, 92 Cần Thơ, "
    "96 Cà Mau"
)
PROVINCES = {each[:2]: each[3:] for each in _PROVINCES.split(", ")}
"""As they are since 1 July 2025, by code."""
STREETS = ("Hàng Bạc", "Hàng Bông", "Lý Thái Tổ", "Tràng Thi", "Bà Triệu", "Ngô Quyền", "Đinh Tiên Hoàng", "Cầu Gỗ")


@dataclass(frozen=True)
class Person:
    """A made-up person."""

    surname: str
    middle: str
    given: str
    gender: Gender
    born_on: date
    home: str
    """Province where the birth was registered, as code."""
    ethnicity: str
    number: str

    @property
    def full_name(self) -> str:
        return f"{self.surname} {self.middle} {self.given}"


def name(draw: Random, gender: Gender) -> tuple[str, str]:
    """A middle and a given name."""
    return draw.choice(MIDDLE[gender]), draw.choice(GIVEN[gender])


def person(draw: Random, gender: Gender, ages: range, today: date) -> Person:
    """A grown-up whose number fits sex, year and place of birth."""
    born_on = today - timedelta(days=draw.choice(ages) * 365 + draw.randrange(365))
    home = pick(draw, sorted(PROVINCES))
    surname, (middle, given) = draw.choice(SURNAMES), name(draw, gender)
    return Person(
        surname=surname,
        middle=middle,
        given=given,
        gender=gender,
        born_on=born_on,
        home=home,
        ethnicity=draw.choice(ETHNICITIES),
        number=number(draw, gender, born_on, home),
    )


def number(draw: Random, gender: Gender, born_on: date, home: str) -> str:
    """Twelve digits: place, century and sex, year, six of chance (domain.md C.4)."""
    century_and_sex = (born_on.year // 100 - 19) * 2 + (gender == "female")
    return f"0{home}{century_and_sex}{born_on.year % 100:02}{digits(draw, 6)}"


def digits(draw: Random, count: int) -> str:
    """So many digits of chance."""
    return f"{draw.randrange(10**count):0{count}}"


def pick(draw: Random, among: Sequence[str]) -> str:
    """One of several."""
    return among[draw.randrange(len(among))]


def house(draw: Random) -> str:
    """A street address."""
    return f"Số {draw.randint(1, 190)}, phố {draw.choice(STREETS)}"
