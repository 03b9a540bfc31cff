"""Settings: the local stack needs none, anything else refuses what only the local stack may use."""

import base64
from pathlib import Path

import pytest

from runtime.settings import InsecureSetting, Settings

KEY = base64.b64encode(b"k" * 32).decode()


def test_the_local_stack_runs_on_defaults() -> None:
    settings = Settings()
    assert len(settings.master_key_bytes) == 32
    assert settings.callback_secret("population").startswith("whsec_")
    assert settings.callback_secret("population") != settings.callback_secret("residence")


def test_outside_it_the_built_in_master_key_is_refused() -> None:
    with pytest.raises(InsecureSetting, match="LIENTHONG_MASTER_KEY"):
        _ = Settings(environment="production").master_key_bytes
    assert Settings(environment="production", master_key=KEY).master_key_bytes == b"k" * 32


def test_outside_it_an_agency_without_a_secret_of_its_own_is_refused() -> None:
    settings = Settings(environment="production", callback_secrets={"population": "whsec_c2VjcmV0"})
    assert settings.callback_secret("population") == "whsec_c2VjcmV0"
    with pytest.raises(InsecureSetting, match="LIENTHONG_CALLBACK_SECRETS"):
        settings.callback_secret("residence")


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_master_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(InsecureSetting, match="32 bytes"):
        _ = Settings(master_key=base64.b64encode(b"k" * length).decode()).master_key_bytes


def test_a_setting_is_moved_by_its_environment_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIENTHONG_API_PORT", "9000")
    monkeypatch.setenv("LIENTHONG_UNKNOWN", "passed over")
    assert Settings().api_port == 9000


def test_the_database_is_a_file_of_the_state_directory_unless_set(tmp_path: Path) -> None:
    assert Settings(state_dir=tmp_path).database == f"sqlite:///{tmp_path}/lienthong.db"
    assert Settings(state_dir=tmp_path, database_url="postgresql://x/y").database == "postgresql://x/y"


def test_secrets_are_not_shown_where_settings_are_printed() -> None:
    settings = Settings(master_key=KEY, signing_secret="very secret")
    assert KEY not in repr(settings)
    assert "very secret" not in repr(settings)
