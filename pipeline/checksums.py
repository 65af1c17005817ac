"""Checksums of what is kept on disk: damage is found before anything of it is used.

The checksum is xxHash's XXH3, which reads memory about as fast as memory can be read, so that a
file is compared in a small part of the time it takes to use it. It finds flipped bits, zeroed
blocks and files cut short; it is no defence against somebody who writes the checksum too.

Files that may be large carry one checksum for each block: whoever uses a few rows of one compares
the blocks those rows lie in, and only once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, overload

from pipeline.errors import ThinkscaleError, filled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["BLOCK", "CheckedFiles", "Rows", "checksum", "describe"]

BLOCK = 1 << 18
"""Bytes that share one checksum."""
_DIGITS = 16
"""Hexadecimal digits of a block's checksum."""

DamageReport = Callable[[Path, str], ThinkscaleError]
"""Makes the error for a file and what is wrong with it."""


def checksum(data: bytes | memoryview) -> str:
    """32 hexadecimal digits: XXH3, 128 bits (`xxhsum -H2` prints the same)."""
    import xxhash

    return xxhash.xxh3_128_hexdigest(data)


def describe(path: Path) -> dict[str, Any]:
    """`{size, blocks}` of a file: its bytes, and the checksums of its blocks one after another."""
    import xxhash

    size, sums = 0, []
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            size += len(block)
            sums.append(xxhash.xxh3_64_hexdigest(block))
    return {"size": size, "blocks": "".join(sums)}


class CheckedFiles:
    """The files of a folder that is not written to any more, each block compared with its checksum
    before it is used.

    `facts` has what `describe` says of each file, by name. `damaged` makes the error that is raised
    for a file that is missing, of another size, or altered.
    """

    def __init__(
        self, folder: Path, facts: Mapping[str, Mapping[str, Any]], damaged: DamageReport
    ) -> None:
        self.folder = folder
        self._facts = facts
        self._damaged = damaged
        self._bytes: dict[str, memoryview] = {}
        self._sound: dict[str, bytearray] = {}
        for name in facts:
            self._look(name)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(int(fact["size"]) for fact in self._facts.values())

    def check(self, name: str, start: int = 0, stop: int | None = None) -> None:
        """Compare the blocks that hold the bytes from `start` to `stop` (the end of the file)."""
        size = self._size(name)
        stop = size if stop is None else stop
        if not 0 <= start <= stop <= size:
            self._refuse(
                name,
                filled(
                    "bytes {start} to {stop} of {size} are asked for",
                    start=start,
                    stop=stop,
                    size=size,
                ),
            )
        blocks, sound = range(start // BLOCK, math.ceil(stop / BLOCK)), self._sound[name]
        if not all(sound[blocks.start : blocks.stop]):
            self._compare(name, self._mapped(name), blocks)
            if all(sound):
                self._bytes.pop(name, None)

    def check_all(self) -> None:
        """Compare every block of every file."""
        for name in self._facts:
            self.check(name)

    def read(self, name: str) -> bytes:
        """A whole file, compared."""
        size = self._size(name)
        try:
            data = (self.folder / name).read_bytes()
        except OSError as error:
            self._refuse(name, filled("it cannot be read: {error}", error=error.strerror or error))
        if len(data) != size:
            self._refuse(
                name, filled("{found} bytes instead of {size}", found=len(data), size=size)
            )
        self._compare(name, memoryview(data), range(len(self._sound[name])))
        return data

    def _compare(self, name: str, data: memoryview, blocks: range) -> None:
        import xxhash

        sound, sums = self._sound[name], self._facts[name]["blocks"]
        for block in blocks:
            part = data[block * BLOCK : (block + 1) * BLOCK]
            if xxhash.xxh3_64_hexdigest(part) != sums[block * _DIGITS : (block + 1) * _DIGITS]:
                self._refuse(
                    name,
                    filled(
                        "block {block} of {count} is not what was written",
                        block=block + 1,
                        count=len(sound),
                    ),
                )
            sound[block] = 1

    def array(self, name: str) -> NDArray[Any]:
        """A whole `.npy` file, compared and mapped."""
        self.check(name)
        return self._array(name)[0]

    def rows(self, name: str) -> Rows:
        """A `.npy` file of which only the rows that are asked for are compared."""
        self.check(name, 0, min(BLOCK, self._size(name)))  # the header, before it is parsed
        array, start = self._array(name)
        return Rows(array, lambda first, last: self.check(name, start + first, start + last))

    def _array(self, name: str) -> tuple[NDArray[Any], int]:
        """A `.npy` file mapped, and the byte its data begin at. No pickle is read."""
        import numpy as np

        path = self.folder / name
        try:
            array = np.load(path, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            self._refuse(name, filled("it cannot be opened: {error}", error=error))
        return array, path.stat().st_size - array.nbytes

    def _size(self, name: str) -> int:
        """A file that has no checksum is damage: nothing of it may be used."""
        if name not in self._facts:
            self._refuse(name, filled("it has no checksum"))
        return int(self._facts[name]["size"])

    def _mapped(self, name: str) -> memoryview:
        import mmap

        if name not in self._bytes:
            self._look(name)
            try:
                with (self.folder / name).open("rb") as file:
                    # Kept until every block was compared; the descriptor goes with it.
                    whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            except (OSError, ValueError) as error:
                self._refuse(name, filled("it cannot be opened: {error}", error=error))
            self._bytes[name] = memoryview(whole)
        return self._bytes[name]

    def _look(self, name: str) -> None:
        fact, path = self._facts[name], self.folder / name
        try:
            found = path.stat().st_size
        except OSError as error:
            self._refuse(name, (error.strerror or str(error)).lower())
        if found != fact["size"]:
            self._refuse(
                name, filled("{found} bytes instead of {size}", found=found, size=fact["size"])
            )
        blocks = math.ceil(found / BLOCK)
        if len(fact["blocks"]) != _DIGITS * blocks:
            self._refuse(name, filled("its checksums are incomplete"))
        self._sound.setdefault(name, bytearray(blocks))

    def _refuse(self, name: str, why: str) -> NoReturn:
        raise self._damaged(self.folder / name, why) from None


class Rows:
    """A mapped array whose rows are compared with their checksums when they are taken."""

    def __init__(self, array: NDArray[Any], check: Callable[[int, int], None]) -> None:
        self._array = array
        self._check = check
        self._width = array.nbytes // len(array) if len(array) else 0

    @property
    def shape(self) -> tuple[int, ...]:
        return self._array.shape

    def __len__(self) -> int:
        return len(self._array)

    @overload
    def __getitem__(self, at: slice) -> NDArray[Any]: ...
    @overload
    def __getitem__(self, at: NDArray[np.int64] | list[int]) -> NDArray[Any]: ...
    def __getitem__(self, at: slice | NDArray[np.int64] | list[int]) -> NDArray[Any]:
        if isinstance(at, slice):
            start, stop, _ = at.indices(len(self._array))
            self._check(start * self._width, max(start, stop) * self._width)
        else:
            import numpy as np

            for row in np.unique(np.asarray(at, np.int64)).tolist():
                self._check(row * self._width, (row + 1) * self._width)
        found: NDArray[Any] = self._array[at]
        return found
