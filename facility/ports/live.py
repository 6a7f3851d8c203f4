"""The port of present values."""

from collections.abc import Collection
from typing import Protocol

from facility.domain.state import AssetState, ProgramState


class Live(Protocol):
    """Present values: one row an asset, rebuildable. `version` grows with each write, so that readers see what changed."""

    def prepare(self) -> None:
        """Make the table."""
        ...

    def put(self, states: Collection[AssetState], program: ProgramState | None = None) -> None:
        """Replace the rows of these assets, and a program's own account, all at once."""
        ...

    def get(self, assets: Collection[str] | None = None) -> dict[str, AssetState]:
        """The rows of these assets (None: all)."""
        ...

    def changed(self, since: int) -> tuple[int, dict[str, AssetState]]:
        """The highest version, and the rows written after version `since`."""
        ...

    def put_program(self, state: ProgramState) -> None:
        """Replace a program's own account."""
        ...

    def programs(self) -> dict[str, ProgramState]:
        """The accounts of all programs."""
        ...
