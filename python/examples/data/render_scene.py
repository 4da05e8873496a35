"""Draws scene.ppm, the picture that ships beside this file: hills, a lake, a sun, a few trees.

Standard library only; the same bytes every time. Run it to make the picture anew.
"""

import math
import pathlib
import random

WIDTH, HEIGHT = 160, 120
HORIZON = 66


def mix(a, b, t):
    return tuple(round(x + (y - x) * t) for x, y in zip(a, b))


def hill(x, phase, height):
    return height * (0.6 * math.sin(x / 23 + phase) + 0.4 * math.sin(x / 9 + 2 * phase))


def trees(chance):
    """(x of the trunk, y of its foot, height) of every tree, the farthest first."""
    return sorted(
        (
            (chance.randrange(4, WIDTH - 4), chance.randrange(88, 116), chance.randrange(12, 26))
            for _ in range(9)
        ),
        key=lambda tree: tree[1],
    )


def pixel(x, y, forest):
    for foot_x, foot_y, height in reversed(forest):
        up = foot_y - y
        if 3 <= up < height and abs(x - foot_x) <= (height - up) / 3:
            return mix((18, 60, 30), (40, 110, 50), (x - foot_x + 6) / 12)
        if 0 <= up < 3 and x == foot_x:
            return 70, 45, 25
    sun = math.hypot(x - 118, y - 30)
    if sun < 11:
        return 255, 236, 150
    if y < HORIZON - 14 - hill(x, 0.4, 9):
        sky = mix((70, 120, 200), (250, 200, 150), y / HORIZON)
        return mix((255, 225, 160), sky, min(sun / 45, 1))
    if y < HORIZON - 2 - hill(x, 2.1, 5):
        return mix((96, 110, 140), (120, 140, 150), y / HORIZON)
    if y < 84 + hill(x, 1.0, 2):
        shine = max(0.0, 1 - abs(x - 118) / 16) * (0.5 + 0.5 * math.sin(y * 2.2 + x / 5))
        return mix((60, 95, 150), (255, 225, 170), shine)
    return mix((96, 140, 60), (58, 96, 40), (y - 84) / 36)


def render():
    chance = random.Random(160120)
    forest = trees(chance)
    body = bytearray()
    for y in range(HEIGHT):
        for x in range(WIDTH):
            grain = chance.randrange(-5, 6)
            body += bytes(min(max(c + grain, 0), 255) for c in pixel(x, y, forest))
    return b"P6\n%d %d\n255\n" % (WIDTH, HEIGHT) + body


if __name__ == "__main__":
    (pathlib.Path(__file__).parent / "scene.ppm").write_bytes(render())
