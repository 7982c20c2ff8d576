"""
A process that cannot outlive the test process, however that one ends.

PR_SET_PDEATHSIG would be the obvious way, but it is Linux alone, is cleared when user ids change,
and fires when the *thread* that started the child ends. So the child carries its own watcher: a
shell that waits at the read end of a pipe whose write end only the test process holds. However
that process ends, SIGKILL included, the kernel closes the pipe and the watcher signals the group.
The watcher runs as the server's user, in its process group, and so goes with it; as long as it is
there, the group's number cannot be given to somebody else.
"""

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.servers.account import Identity

STOP_SECONDS = 60

# $0 is the name of the signal, $$ the pid of this shell, which the server takes over by exec. The
# outer subshell ends at once, so that the watcher is no child of the server: PostgreSQL takes an
# unknown child that dies by a signal for a crashed backend.
_WITH_WATCHER = """
exec 3<&0
( { read -r _ <&3; kill -s "$0" -- -$$; } & )
exec "$@" 3<&- </dev/null
"""


class Process:
    """A running server in a session, and so in a process group, of its own."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        farewell: signal.Signals,
        identity: Identity,
    ) -> None:
        """Starts `command`; `farewell` is what the group gets when the test process is gone."""
        name = farewell.name.removeprefix("SIG")
        read_end, self._lifeline = os.pipe()
        try:
            with log.open("ab") as output:
                self._process = subprocess.Popen(
                    ["/bin/sh", "-c", _WITH_WATCHER, name, *command],
                    stdin=read_end,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    **identity,
                )
        finally:
            os.close(read_end)

    @property
    def pid(self) -> int:
        return self._process.pid

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def stop(self, how: signal.Signals) -> None:
        """Asks with `how`, and waits. Raises TimeoutExpired, and kills, when it takes too long."""
        self._process.send_signal(how)
        try:
            self._process.wait(STOP_SECONDS)
        finally:
            self.kill()

    def kill(self) -> None:
        """SIGKILL for the group: the server had no time for anything, the watcher goes, too."""
        with suppress(ProcessLookupError):  # somebody else has killed the group already
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._lifeline)
