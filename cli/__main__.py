"""`lienthong …`, or `python -m cli …`."""

import os
import sys
from typing import NoReturn

from cli.app import application
from cli.trouble import Trouble


def main() -> NoReturn:
    """Run one command."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # a terminal's streams are text streams
    code = _run(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    if "temporalio" in sys.modules:
        os._exit(code)  # its threads may abort the interpreter's end (sdk-python#300)
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    try:
        application(arguments)(arguments, prog_name="lienthong")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except Trouble as trouble:
        print(f"lienthong: {trouble}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    main()
