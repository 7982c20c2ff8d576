"""`provisioning bench …`."""

import typer

app = typer.Typer(no_args_is_help=True, help="What this machine carries.")


@app.callback()
def _group() -> None:
    """Measures; each figure stands beside a floor of the same run."""
