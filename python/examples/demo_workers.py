"""The workers of the demo: honest work in plain Python, nothing to install.

``blur``, ``edges`` and ``palette`` share the queue ``gpu_queue``; one of them declares that two
batches may run at once, and that holds for all three. ``statistics`` takes texts in batches,
in a queue of its own. Each filter takes a moment, so that there is a queue to see.

Run it with the names of the functions to serve, one process for each, or with none for all:

    python demo_workers.py blur
"""

import re
import sys
from collections import Counter
from typing import Any, Callable, Dict, Iterator, List, Optional

import picture

import sluice


def _report(image: picture.Picture, what: str) -> Callable[[int], None]:
    return lambda y: sluice.progress(y + 1, image.height, what, "rows")


def blur(image: bytes, radius: int = 3) -> bytes:
    """Blurs a PPM picture: each pixel becomes the mean of its neighbourhood."""
    if not 1 <= radius <= 10:
        raise sluice.FunctionError(f"blur: radius is {radius}: give 1 to 10")
    source = picture.read(image)
    reach = range(-radius, radius + 1)
    area = len(reach) ** 2

    def shade(x: int, y: int) -> picture.Pixel:
        red = green = blue = 0
        for dy in reach:
            for dx in reach:
                r, g, b = source.at(x + dx, y + dy)
                red, green, blue = red + r, green + g, blue + b
        return red // area, green // area, blue // area

    return picture.write(picture.rows(source, shade, _report(source, "blurring")))


def edges(image: bytes) -> bytes:
    """Draws the edges of a PPM picture (Sobel's operator on its brightness)."""
    source = picture.read(image)
    smooth = picture.rows(source, lambda x, y: _smoothed(source, x, y), lambda y: None)

    def light(x: int, y: int) -> int:
        return smooth.at(x, y)[0]

    def shade(x: int, y: int) -> picture.Pixel:
        a, b, c = (light(x + dx, y - 1) for dx in (-1, 0, 1))
        d, f = light(x - 1, y), light(x + 1, y)
        g, h, i = (light(x + dx, y + 1) for dx in (-1, 0, 1))
        across, along = c + 2 * f + i - a - 2 * d - g, g + 2 * h + i - a - 2 * b - c
        strength = min(int((across * across + along * along) ** 0.5), 255)
        return strength, strength, strength

    return picture.write(picture.rows(source, shade, _report(source, "finding edges")))


def _smoothed(source: picture.Picture, x: int, y: int) -> picture.Pixel:
    """The brightness around a pixel, so that the picture's grain is not taken for edges."""
    total = 0
    for dy, down in enumerate((1, 4, 6, 4, 1), -2):
        for dx, right in enumerate((1, 4, 6, 4, 1), -2):
            r, g, b = source.at(x + dx, y + dy)
            total += down * right * (299 * r + 587 * g + 114 * b)
    light = total // 256000
    return light, light, light


def palette(image: bytes, colours: int = 6, rounds: int = 12) -> Iterator[bytes]:
    """Reduces a PPM picture to a few colours by k-means; yields the picture after each round."""
    if not 2 <= colours <= 32 or not 1 <= rounds <= 50:
        raise sluice.FunctionError("palette: give 2 to 32 colours and 1 to 50 rounds")
    source = picture.read(image)
    step = len(source.pixels) // colours
    centres = sorted(source.pixels, key=sum)[step // 2 :: step][:colours]
    for number in range(rounds):
        members: Dict[int, List[picture.Pixel]] = {}
        nearest = [_nearest(centres, pixel) for pixel in source.pixels]
        for index, pixel in zip(nearest, source.pixels):
            members.setdefault(index, []).append(pixel)
        for index, pixels in members.items():
            red, green, blue = (sum(values) // len(pixels) for values in zip(*pixels))
            centres[index] = red, green, blue
        sluice.progress(number + 1, rounds, "choosing colours", "rounds")
        yield picture.write(source._replace(pixels=[centres[i] for i in nearest]))


def _nearest(centres: List[picture.Pixel], pixel: picture.Pixel) -> int:
    r, g, b = pixel
    far = [(r - x) ** 2 + (g - y) ** 2 + (b - z) ** 2 for x, y, z in centres]
    return far.index(min(far))


def statistics(texts: List[str]) -> List[Any]:
    """Counts words and sentences of each text of a batch; scores how easily it reads (Flesch)."""
    return [_statistics(text) for text in texts]


def _statistics(text: str) -> Any:
    words = re.findall(r"[A-Za-z]+(?:['-][A-Za-z]+)*", text)
    if not words:
        return sluice.FunctionError("statistics: the text has no words")
    sentences = max(len(re.findall(r"[.!?]+", text)), 1)
    syllables = sum(len(re.findall(r"[aeiouy]+", word.lower())) or 1 for word in words)
    ease = 206.835 - 1.015 * len(words) / sentences - 84.6 * syllables / len(words)
    long_words = Counter(word.lower() for word in words if len(word) > 4)
    return {
        "words": len(words),
        "sentences": sentences,
        "reading_ease": round(ease, 1),
        "frequent": [word for word, _ in long_words.most_common(3)],
    }


FUNCTIONS: Dict[str, Dict[str, Any]] = {
    # What each is expected to take, so that there is an ETA before the first was seen.
    "blur": dict(
        call=blur, concurrency_id="gpu_queue", concurrency_limit=2, expected_duration=0.8
    ),
    "edges": dict(call=edges, concurrency_id="gpu_queue", expected_duration=0.6),
    "palette": dict(call=palette, concurrency_id="gpu_queue", expected_duration=0.8),
    "statistics": dict(call=statistics, batch=True, max_batch_size=8),
}


def make_worker(names: List[str], runtime_directory: Optional[str] = None) -> sluice.Worker:
    """A worker that serves some of the functions."""
    worker = sluice.Worker(runtime_directory, name="demo " + " ".join(names))
    for name in names:
        declaration = dict(FUNCTIONS[name])
        worker.function(name, **{k: v for k, v in declaration.items() if k != "call"})(
            declaration["call"]
        )
    return worker


def main(arguments: List[str]) -> None:
    wrong = [name for name in arguments if name not in FUNCTIONS]
    if wrong:
        sys.exit(f"demo_workers.py: there is no function {wrong[0]}: give {', '.join(FUNCTIONS)}")
    make_worker(arguments or list(FUNCTIONS)).run()


if __name__ == "__main__":
    main(sys.argv[1:])
