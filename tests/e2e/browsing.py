"""A real browser at the desk, for tests that see what a clerk sees."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from tests.stack import Stack

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "var" / "screenshots"
AXE = ROOT / "tests" / "web" / "axe-4.14.1.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
NAMES = {
    "clerk": "Trần Thị Mẫu",
    "chair": "Lê Thị Mẫu",
    "support": "Nguyễn Văn Mẫu",
    "approver": "Phạm Văn Mẫu",
    "manager": "Hoàng Thị Mẫu",
}
QUIET = [
    *("--no-sandbox", "--disable-background-networking", "--disable-quic", "--no-first-run"),
    *("--disable-component-update", "--disable-sync"),
]
EXPECTED = re.compile(r"Failed to load resource: .* status of (401|403|404|409|422|503)")


@dataclass
class Desk:
    """One person's browser; `clicks` counts what they pressed, on whatever page."""

    page: Page
    stack: Stack
    clicks: int = 0
    trouble: list[str] = field(default_factory=list)

    async def open(self, path: str) -> int:
        answer = await self.page.goto(f"{self.stack.http.base_url}{path}")
        assert answer is not None
        return answer.status

    async def press(self, name: str, role: str = "button") -> None:
        """Return when the page to which it leads is there as a whole: what is counted on it is all that there is."""
        await self.page.get_by_role(role, name=name).first.click()
        await self.page.wait_for_load_state()

    async def log_in(self, who: str, path: str = "/desk") -> None:
        await self.open(path)
        await self.press("Đăng nhập bằng VNeID")
        await self.press(NAMES[who])
        await self.page.wait_for_url(f"**{path}")

    async def said(self, text: str) -> None:
        """The page shows these words."""
        await self.page.get_by_text(text).first.wait_for(timeout=15_000)

    async def looked_at(self, name: str) -> None:
        """Axe finds nothing, nothing is wider than a phone, and pictures of both are kept to be looked at."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        assert await self.page.evaluate(_BLANK) == [], f"{name}: pictures that show nothing"
        await self.page.evaluate(_AXE)
        for size, suffix in ((WIDE, ""), (PHONE, "-360")):
            await self.page.set_viewport_size(size)
            await self.page.screenshot(path=SHOTS / f"{name}{suffix}.png", full_page=True)
            found = await self.page.evaluate(_AXE_RUN, RULES)
            assert found == [], f"{name}{suffix}"
            assert await self.page.evaluate("document.documentElement.scrollWidth") <= size["width"], f"{name}{suffix}"
        await self.page.set_viewport_size(WIDE)


_LISTEN = "addEventListener('pointerdown', () => pressed(), {capture: true})"
_BLANK = """async () => {
  await Promise.all([...document.images].map(each => each.decode().catch(() => null)));
  return [...document.images].filter(each => {
    const paper = Object.assign(document.createElement('canvas'), {width: 200, height: 280}).getContext('2d');
    if (each.naturalWidth) paper.drawImage(each, 0, 0, 200, 280);
    const dots = paper.getImageData(0, 0, 200, 280).data;
    return dots.filter((value, at) => at % 4 === 0 && dots[at + 3] && value < 200).length < 100;
  }).map(each => each.src);
}"""
"""Which pictures are not there, or hardly have a dark dot."""
_AXE = f"() => {{ {AXE.read_text(encoding='utf-8')} }}"
_AXE_RUN = (
    "async rules => { const found = await axe.run(document, {runOnly: rules});"
    " return found.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', ')) }"
)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=QUIET)
        yield browser
        await browser.close()


@asynccontextmanager
async def _opened(chromium: Browser, stack: Stack) -> AsyncIterator[Desk]:
    context = await chromium.new_context(viewport=WIDE, locale="vi-VN")
    page = await context.new_page()
    page.set_default_timeout(20_000)
    opened = Desk(page, stack)

    def pressed() -> None:
        opened.clicks += 1

    await page.expose_function("pressed", pressed)
    await page.add_init_script(_LISTEN)
    page.on("pageerror", lambda error: opened.trouble.append(str(error)))
    page.on("console", lambda said: opened.trouble.append(said.text) if _complains(said) else None)
    yield opened
    await context.close()


def _complains(said: ConsoleMessage) -> bool:
    return said.type in {"error", "warning"} and not EXPECTED.match(said.text)


@pytest_asyncio.fixture(loop_scope="session")
async def desk(chromium: Browser, stack: Stack) -> AsyncIterator[Desk]:
    """A browser of its own; whatever its console complained of fails the test."""
    async with _opened(chromium, stack) as mine:
        yield mine
        assert mine.trouble == [], mine.trouble


@pytest_asyncio.fixture(loop_scope="session")
async def other_desk(chromium: Browser, stack: Stack) -> AsyncIterator[Desk]:
    """Somebody else's browser."""
    async with _opened(chromium, stack) as theirs:
        yield theirs
