"""Pictures as PPM files (binary, P6), in plain Python: read, write, and look at each pixel."""

from typing import Callable, List, NamedTuple, Tuple

Pixel = Tuple[int, int, int]


class Picture(NamedTuple):
    """``pixels`` go row by row, ``width`` to a row."""

    width: int
    height: int
    pixels: List[Pixel]

    def at(self, x: int, y: int) -> Pixel:
        """The pixel at x, y; beyond the border, the nearest one."""
        x = min(max(x, 0), self.width - 1)
        y = min(max(y, 0), self.height - 1)
        return self.pixels[y * self.width + x]


def read(data: bytes) -> Picture:
    """A picture of 8 bits a colour. Raises ValueError for anything else."""
    fields = data.split(None, 4)
    if len(fields) != 5 or fields[0] != b"P6" or fields[3] != b"255":
        raise ValueError("this is no binary PPM (P6) of 8 bits a colour")
    width, height = int(fields[1]), int(fields[2])
    size = 3 * width * height
    # Exactly one blank ends the header; the split may have eaten pixels that look like blanks.
    body = data[-size:]
    if width < 1 or height < 1 or len(body) != size:
        raise ValueError(f"the picture ends early: {width}x{height} pixels have {size} bytes")
    return Picture(width, height, list(zip(body[0::3], body[1::3], body[2::3])))


def write(picture: Picture) -> bytes:
    """The same as a file."""
    head = b"P6\n%d %d\n255\n" % (picture.width, picture.height)
    return head + bytes(colour for pixel in picture.pixels for colour in pixel)


def rows(
    picture: Picture, shade: Callable[[int, int], Pixel], after: Callable[[int], None]
) -> Picture:
    """A picture of the same size, drawn by ``shade(x, y)``; ``after(y)`` is told of each row."""
    pixels: List[Pixel] = []
    for y in range(picture.height):
        pixels += [shade(x, y) for x in range(picture.width)]
        after(y)
    return Picture(picture.width, picture.height, pixels)
