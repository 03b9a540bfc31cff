"""`python -I -S child.py PARENT COMMAND…`: become the command, and be told to stop when the parent dies.

Runs before every part, so it imports next to nothing. Where the system has no such promise (it is Linux's), the next
start ends what was left.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def stop_with_parent() -> None:
    """SIGTERM for this process as soon as its parent is gone; kept when it becomes another program."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


if __name__ == "__main__":
    stop_with_parent()
    if os.getppid() != int(sys.argv[1]):
        sys.exit("the supervisor is gone")
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606  # the supervisor's own command line
