"""Where the product stands on this machine: its folder, its programs, its settings as commands see them."""

import os
import sys
from pathlib import Path

from runtime.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sys.executable).parent
"""Of the virtual environment: `temporal` lies beside `python`."""
COMPILE_EACH_TIME = "PYTHONDONTWRITEBYTECODE"
"""Would make every start of every part compile the whole product anew."""


def settings() -> Settings:
    """The settings; what is derived from another one follows it unless it was set itself."""
    given = Settings()
    derived: dict[str, object] = {
        "issuer": f"{given.agencies_url}/vneid",
        "signing_url": f"{given.agencies_url}/signing",
        "public_url": api_url(given),
    }
    moved = {name: value for name, value in derived.items() if name not in given.model_fields_set}
    return given.model_copy(update={**moved, "state_dir": ROOT / given.state_dir})


def api_url(known: Settings) -> str:
    """Where the API answers on this machine."""
    return f"http://{known.api_host}:{known.api_port}"


def environment(known: Settings) -> dict[str, str]:
    """What the product's processes are told, so that all of them see the same settings from any folder."""
    ours = {name: value for name, value in os.environ.items() if name != COMPILE_EACH_TIME}
    unproxied = ",".join(filter(None, (os.environ.get("NO_PROXY"), "127.0.0.1", "localhost")))
    return {
        **ours,
        "NO_PROXY": unproxied,
        "no_proxy": unproxied,
        "PYTHONUNBUFFERED": "1",
        "LIENTHONG_STATE_DIR": str(known.state_dir),
        "LIENTHONG_ISSUER": known.issuer,
        "LIENTHONG_SIGNING_URL": known.signing_url,
        "LIENTHONG_PUBLIC_URL": known.public_url,
    }
