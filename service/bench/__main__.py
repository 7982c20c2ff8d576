"""`python -m service.bench`: the server that is measured; settings come from the environment."""

import uvicorn

from service import http_server, settings

_settings = settings.read()
uvicorn.run(
    "service.bench.server:create",
    factory=True,
    host=_settings.host,
    port=_settings.port,
    workers=_settings.web_processes,
    lifespan="off",
    **http_server.OPTIONS,
)
