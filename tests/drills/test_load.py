"""The benchmarks at small size: they run, count right, and print what they are asked for."""

from cli.bench.grounds import Grounds
from cli.bench.office import Office


async def test_an_office_brings_its_dossiers_to_their_end(ground: Grounds) -> None:
    office = Office(ground.stack)
    async with office.at_work():
        for _ in range(3):
            await office.file()
        await office.all_closed(60)
    assert {course.stage for course in office.courses.values()} == {"returned"}
