"""Settings of the stand-ins' process, from SIM_… environment variables."""

import base64
import hashlib
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Local defaults throughout: nothing here guards anything real."""

    model_config = SettingsConfigDict(env_prefix="SIM_", frozen=True)

    host: str = "127.0.0.1"
    port: int = 8100
    state_dir: Path = Path("var/sim")
    callback_url: str = "http://127.0.0.1:8000/v1/callbacks"
    callback_secrets: dict[str, str] = {}
    vneid_issuer: str = "http://127.0.0.1:8100/vneid"
    accounts: Path | None = None
    office: str = "00070"
    late_answer_s: tuple[float, float] = (1.0, 3.0)
    """So long those take in normal operation who answer later."""

    def callback_secret(self, agency: str) -> str:
        """The agency's signing secret; without a setting one that both sides can derive."""
        derived = base64.b64encode(hashlib.sha256(f"lienthong-local-{agency}".encode()).digest()).decode()
        return self.callback_secrets.get(agency, f"whsec_{derived}")
