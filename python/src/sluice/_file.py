"""Files as arguments and results: bytes with a name and a content type."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from typing import Any, Union

from ._wire import Buffer


@dataclass
class File:
    """A file that travels: its bytes, and what its sender says of them.

    ``name`` is a name and not a place. It may have been chosen by a stranger: never open it.
    ``data`` is bytes or, of a file that came, a memoryview of where it lies, without a copy.
    Without a ``content_type``, that of the name's ending is taken, if it has one that is known::

        @worker.function("thumbnail")
        def thumbnail(picture: sluice.File) -> sluice.File:
            with PIL.Image.open(picture.open()) as image:
                ...
            return sluice.File(out.getvalue(), "thumbnail.png")
    """

    data: Buffer
    name: str = ""
    content_type: str = ""

    def __post_init__(self) -> None:
        if not self.content_type and self.name:
            import mimetypes

            self.content_type = mimetypes.guess_type(self.name)[0] or ""

    @classmethod
    def of(cls, path: Union[str, os.PathLike[str]], content_type: str = "") -> File:
        """The file that is at a path, with the last part of the path for a name."""
        with open(path, "rb") as file:
            return cls(file.read(), os.path.basename(os.fspath(path)), content_type)

    def read(self) -> bytes:
        """All its bytes."""
        return bytes(self.data)

    def open(self) -> io.BytesIO:
        """Something that can be read as an open file can."""
        return io.BytesIO(self.data)

    def save(self, path: Union[str, os.PathLike[str]]) -> None:
        """Writes its bytes to a path, which is yours to choose."""
        with open(path, "wb") as file:
            file.write(self.data)

    def __len__(self) -> int:
        return memoryview(self.data).nbytes

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"File({self.name!r}, {self.content_type!r}, {len(self)} bytes)"


def flat(data: Any) -> memoryview:
    """The bytes of whatever has some, in a row and without a copy where that can be."""
    view = memoryview(data)
    if not view.c_contiguous:
        view = memoryview(view.tobytes())
    return view.cast("B") if view.nbytes else memoryview(b"")
