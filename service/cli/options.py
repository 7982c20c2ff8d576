"""Options that several commands have."""

from typing import Annotated

import typer

OrganizationOption = Annotated[str, typer.Option(help="The organization's id.")]
DirectoryOption = Annotated[str, typer.Option(help="The directory's id.")]
