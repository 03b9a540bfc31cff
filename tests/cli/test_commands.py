"""Commands as they are typed: exit codes, standard output alone, one line for what goes wrong."""

import json
from pathlib import Path

import pytest

from cli.__main__ import _run
from cli.app import TOPICS

NOWHERE = "http://127.0.0.1:9"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = _run(list(arguments))
    out, err = capsys.readouterr()
    return code, out, err


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert all(command in out for command in TOPICS)


@pytest.mark.parametrize("command", TOPICS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, command, "--help")
    assert code == 0
    assert f"lienthong {command}" in out


@pytest.mark.parametrize(
    "arguments",
    [
        ("token", "clerk", "--agencies", NOWHERE),
        ("sample", "birth", "--agencies", NOWHERE),
        ("sample", "death", "--agencies", NOWHERE),
        ("signing-key", "chair", "--agencies", NOWHERE),
        ("demo", "--agencies", NOWHERE),
        ("incidents", "--agencies", NOWHERE),
        ("stuck", "--agencies", NOWHERE),
        ("digest", "--day", "2026-11-22", "--agencies", NOWHERE),
        ("agencies", "--agencies", NOWHERE),
        ("switch", "labour", "--rate", "0", "--reason", "bảo trì", "--agencies", NOWHERE),
        ("replays", "list", "--agencies", NOWHERE),
        ("reopen", "G22.99.08-261122-000001", "residence", "--reason", "mất", "--agencies", NOWHERE),
        ("follow", "G22.99.08-261122-000001", "--agencies", NOWHERE),
        ("sign", "T", "--pin", "246810", "--agencies", NOWHERE),
        ("sign-task", "T", "--module", "/m.so", "--token-label", "L", "--agencies", NOWHERE),
        ("decide", "T", "--choice", "merit", "--reason", "theo luật", "--agencies", NOWHERE),
    ],
)
def test_a_stack_that_does_not_run_is_one_line(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (1, "")
    assert err.startswith(f"lienthong: nothing answers at {NOWHERE}/")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("sample", "birth", "--variant", "V-B05"), "cannot be sampled yet"),
        (("sample", "death", "--variant", "V-B01"), "there is no variant V-B01 of a death"),
    ],
)
def test_unknown_variants_are_named(arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (1, "")
    assert told in err


def test_an_unknown_role_lists_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "token", "minister")
    assert code == 2
    assert "portal" in err


@pytest.mark.parametrize(
    ("content", "told"),
    [("{", "holds no JSON"), ("[]", "a JSON object is needed"), (None, "cannot be read")],
)
def test_a_file_that_is_no_filing_is_named(
    content: str | None, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "filing.json"
    if content is not None:
        source.write_text(content)
    code, _, err = run(capsys, "file", str(source))
    assert code == 1
    assert str(source) in err
    assert told in err


def test_a_review_needs_exactly_one_decision(capsys: pytest.CaptureFixture[str]) -> None:
    for flags in ((), ("--accept", "--reject", "incomplete")):
        code, _, err = run(capsys, "review", "T", *flags)
        assert code == 1
        assert "exactly one" in err


def test_a_correction_must_be_json(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("resolve", "I", "--decision", "retry_with", "--reason", "sửa", "--input", json.dumps([1]))
    code, _, err = run(capsys, *arguments)
    assert code == 1
    assert "--input needs a JSON object" in err
