"""The processes of a whole installation, as operators start them: embedded, or around a broker."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from service import children

_WITH_BROKER = ("web", "worker", "beat")


@contextmanager
def serving(database_url: str, broker_url: str | None, directory: Path) -> Iterator[str]:
    """
    The address at which SCIM is answered, once a worker has swept. Logs go to `directory`. Raises
    `Failed`.
    """
    port = children.free_port()
    address = f"http://{children.LOOPBACK}:{port}"
    environment = {
        "PROVISIONING_DATABASE_URL": database_url,
        "PROVISIONING_DATA_DIR": str(directory),
        "PROVISIONING_LISTEN": f"{children.LOOPBACK}:{port}",
        "PROVISIONING_PUBLIC_URL": address,
        "PROVISIONING_BROKER_URL": broker_url or "",
    }
    commands = _WITH_BROKER if broker_url else ("dev",)
    with ExitStack() as stack:
        web, *_ = [
            stack.enter_context(
                children.running(["service", command], environment, directory / f"{command}.log")
            )
            for command in commands
        ]
        children.wait_until_ready(web, f"{address}/readyz", "workers")
        yield address
