"""Loopback ports that stay ours while a server is down."""

import random
import socket

LOOPBACK = "127.0.0.1"
# Below the ephemeral range (Linux: from 32768): there, while a killed server is down, the kernel
# could give its port to an outgoing connection, even to the client that is retrying it.
FIRST, LAST = 20_000, 32_000
ATTEMPTS = 200


def free_port() -> int:
    """A port nobody listens on now; random, so that test runs side by side rarely meet."""
    for port in random.SystemRandom().sample(range(FIRST, LAST), ATTEMPTS):
        with socket.socket() as probe:
            # As servers do it; otherwise a port in TIME_WAIT would look taken.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    msg = f"no free port among {ATTEMPTS} between {FIRST} and {LAST}"
    raise OSError(msg)
