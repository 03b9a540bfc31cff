"""What pages are made of: static files by content, addresses that are gone to, declarations in words."""

import hashlib
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request

import api.web
from api.web import assets
from api.web.login import FIRST_PAGE, _page
from api.web.pages import address_of
from api.web.telling import person, sections
from api.web.words import Language, words
from cli.deaths import bereaved
from cli.families import family
from cli.legal_time import today
from contracts.filings import FILINGS

STATIC = Path(api.web.__file__).parent / "static"
VENDORED = {
    "htmx-2.0.11.min.js": "HTMX",
    "pico-2.1.1.min.css": "PICO",
}


@pytest.fixture
async def http():
    app = FastAPI()
    app.include_router(assets.router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
        yield client


@pytest.mark.parametrize("name", [*VENDORED, "desk.css"])
async def test_a_static_file_is_kept_for_good_under_its_content(http: httpx.AsyncClient, name: str):
    answer = await http.get(assets.address(name))
    assert (answer.status_code, answer.content) == (200, (STATIC / name).read_bytes())
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "path", ["/static/0000000000000000/desk.css", "/static/x/..%2Fwords.py", "/static/x/README.md"]
)
async def test_nothing_else_is_served(http: httpx.AsyncClient, path: str):
    assert (await http.get(path)).status_code == 404


def test_vendored_files_are_as_they_were_published():
    told = (STATIC / "README.md").read_text(encoding="utf-8")
    for name in VENDORED:
        assert hashlib.sha384((STATIC / name).read_bytes()).hexdigest() in told


@pytest.mark.parametrize(
    "then",
    [
        *("//evil.example", "https://evil.example", "/desk/../v1", "/session/logout", "javascript:1", ""),
        *("/desk?x=1\r\nSet-Cookie: a=b", "/desk?x=<i>", "/desk?x=1#//evil.example", "?x=1"),
    ],
)
def test_a_login_leads_to_our_own_pages_alone(then: str):
    assert _page(then) == FIRST_PAGE


@pytest.mark.parametrize(
    "then",
    ["/desk/tasks/G22.99.08-261122-000001.review.1", "/support/cases?cause=agency-away&cursor=W1wi_-", "/desk?x="],
)
def test_a_page_is_gone_back_to_with_what_its_list_is_narrowed_to(then: str):
    assert _page(then) == then


@pytest.mark.parametrize(
    ("method", "query", "told"),
    [
        ("GET", "kind=review&office=00070", "/desk?kind=review&office=00070"),
        ("GET", "kind=&holder=me&lang=en", "/desk?holder=me"),
        ("GET", "name=%3Cb%3E%0d%0a%26x", "/desk?name=%3Cb%3E%0D%0A%26x"),
        ("GET", "lang=en", "/desk"),
        ("POST", "kind=review", "/desk"),
    ],
)
def test_the_other_language_keeps_the_filters_and_not_the_language(method: str, query: str, told: str):
    request = Request(
        {"type": "http", "method": method, "path": "/desk", "query_string": query.encode(), "headers": []}
    )
    assert address_of(request, "/desk") == told
    assert _page(told) == told


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("variant", ["V-B01", "V-D02", "V-D06", "V-D15"])
def test_a_declaration_is_told_in_words_without_codes_or_gaps(variant: str, language: Language):
    make = family if variant.startswith("V-B") else bereaved
    body = make(variant, "00070", today(), 3).filing
    filing = FILINGS[body["group"]].model_validate(
        {"applicant": body["applicant"], "declaration": body["declaration"], "papers": ()}
    )
    told = sections(filing, words(language))
    values = [line.value for section in told for line in section.lines]
    assert person(filing) in values
    assert not [each for each in values if not each or "_" in each or "None" in each]
    assert "00070" not in " ".join(values)


@pytest.mark.parametrize(
    ("code", "said"),
    [("00070", "Số 1, phường Hoàn Kiếm, Hà Nội"), ("99999", "Số 1, Hà Nội (mã xã 99999)")],
)
def test_an_address_has_its_wards_name_and_an_unknown_ward_its_code(code: str, said: str):
    body = family("V-B01", code, today(), 3).filing
    body["declaration"]["residence"]["place"]["detail"] = "Số 1"
    filing = FILINGS["birth"].model_validate(
        {"applicant": body["applicant"], "declaration": body["declaration"], "papers": ()}
    )
    told = sections(filing, words(Language.VI))
    assert said in [line.value for section in told for line in section.lines]
