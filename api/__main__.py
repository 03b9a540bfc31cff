"""`python -m api`: one API process."""

import uvicorn

from api.app import create_app
from runtime import logs
from runtime.settings import Settings


def main() -> None:
    """Serve until told to stop."""
    settings = Settings()
    logs.configure("api", settings.log_level)
    uvicorn.run(
        create_app(settings),
        host=settings.api_host,
        port=settings.api_port,
        log_config=None,
        access_log=False,
        proxy_headers=False,  # the app believes the proxies that its settings name, and no others
        timeout_keep_alive=75,  # longer than callers keep idle lines, or their next request meets a closing one
        timeout_graceful_shutdown=5,
    )


if __name__ == "__main__":
    main()
