"""`python -m service`: the same as `provisioning`."""

from service.cli.main import app

app()
