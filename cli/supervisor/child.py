"""`python -I -S child.py PARENT SIGNAL COMMAND…`: become the command, and get the signal when the parent dies.

Runs before every part, so it imports next to nothing. Where the system has no such promise (it is Linux's), the next
start ends what was left.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_with_parent(by: int = signal.SIGTERM) -> None:
    """A signal for this process as soon as its parent is gone; kept when it becomes another program."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, by)


if __name__ == "__main__":
    end_with_parent(int(sys.argv[2]))
    if os.getppid() != int(sys.argv[1]):
        sys.exit("the supervisor is gone")
    os.execvp(sys.argv[3], sys.argv[3:])  # noqa: S606  # the supervisor's own command line
