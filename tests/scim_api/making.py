"""What the fixtures `create_user` and `create_group` are."""

from collections.abc import Callable
from typing import Any

Resource = dict[str, Any]
Create = Callable[..., Resource]
