"""A supervisor in a hurry: `python -m tests.processes.supervising SWEPT COMMAND…`."""

import sys
import time
from pathlib import Path

from service.supervisor import Patience, Supervisor

PATIENCE = Patience(before_restart=0.5, before_first_look=1, between_looks=0.1, before_kill=1)
STALE_SECONDS = 1


def main() -> None:
    """Stuck is a worker that has not touched the file SWEPT for a second."""
    swept, *command = sys.argv[1:]

    def is_stuck() -> bool:
        return time.time() - Path(swept).stat().st_mtime > STALE_SECONDS

    Supervisor(command, is_stuck, PATIENCE).run()


if __name__ == "__main__":
    main()
