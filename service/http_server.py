"""How uvicorn serves, wherever it does: `dev`, `web`, and the benchmarks' server."""

import os
from typing import Any

OPTIONS: dict[str, Any] = {
    # With h11 and several workers each answer took 44 ms (Nagle with delayed ACK).
    "loop": "uvloop" if os.name == "posix" else "asyncio",
    "http": "service.http_protocol:ScimHttpProtocol",
    # Its lines are ours to format, and to keep addresses out of.
    "log_config": None,
    "log_level": "warning",
    "access_log": False,
    "server_header": False,
    "timeout_graceful_shutdown": 3,
}
