"""`python -m sim_agencies`: serve all stand-ins."""

import uvicorn

from sim_agencies.app import create_app
from sim_agencies.cut import CuttableProtocol
from sim_agencies.settings import Settings


def main() -> None:
    settings = Settings()
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        http=CuttableProtocol,
        access_log=False,
        log_level="warning",
        timeout_keep_alive=75,  # longer than callers keep idle lines, or their next request meets a closing one
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
