"""Vietnamese word segmentation from raw characters: F1 of words and sentences on UD Vietnamese-VTB.

In Vietnamese a space stands within words as well as between them. Half of the taggers label each character with where
it stands, first in a sentence, first in a word, or within; the other half also with the part of speech of its word,
which teaches them what a word is. Their mean is the answer. Scores are those of the CoNLL 2018 shared task: a word (a
sentence) is right where its first and its last character that is no space are. Settings were chosen on dev:

    python benchmarks/tagging.py --part dev
    python benchmarks/tagging.py --part test    # minutes on two cores
"""

import argparse
import itertools
import time
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed

from tsrnn import CharSeqTagger
from tsrnn.cells import LSTM

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "ud-vtb"
#: F1 of words that UDPipe 2 has on test, whose tokenizer is a bidirectional GRU over characters too.
UDPIPE_2 = 86.06

SENTENCE, WORD, WITHIN = PLACES = (
    "swi"  # the first character of a sentence, of another word, any other
)
SIZE, CONTEXT = (
    200,
    50,
)  # characters of a piece of text, and those that are read on either side of it
SETTINGS = {"cell": LSTM, "num_layers": 2, "bidirectional": True, "dropout": 0.3, "batch_size": 8}
#: Whether parts of speech are learned too, units in each direction, and the seed of each tagger.
TAGGERS = [(pos, 128 if pos else 64, seed) for seed in range(3) for pos in (True, False)]


def read(path):
    """Return the raw text of a CoNLL-U file, and for each of its characters its place and its word's part of speech.

    Nothing tells paragraphs apart, so the file is one line of text.
    """
    text, places, tags = [], [], []
    for block in Path(path).read_text(encoding="utf-8").strip().split("\n\n"):
        columns = [line.split("\t") for line in block.split("\n") if not line.startswith("#")]
        for i, column in enumerate(columns):
            word = column[1] + ("" if "SpaceAfter=No" in column[9] else " ")
            text.append(word)
            places.append((WORD if i else SENTENCE) + WITHIN * (len(word) - 1))
            tags += [column[4]] * len(word)
    return "".join(text), "".join(places), tags


def spans(text, labels, begins):
    """Return the spans, in characters that are no spaces, of what begins with one of `begins`."""
    place = np.cumsum([0] + [character != " " for character in text])
    firsts = [i for i, label in enumerate(labels) if label in begins]
    return {(place[a], place[b]) for a, b in zip(firsts, firsts[1:] + [len(text)], strict=True)}


def f1(right, found):
    return 200 * len(right & found) / (len(right) + len(found))


def cut(text, size):
    """Return where to cut a text into pieces of at most `size` characters, after spaces."""
    cuts = [0]
    while len(text) - cuts[-1] > size:
        cuts.append(text.rindex(" ", cuts[-1], cuts[-1] + size) + 1)
    return [*cuts, len(text)]


def fit(text, places, tags, with_tags, hidden_size, seed):
    labels = [p + t for p, t in zip(places, tags, strict=True)] if with_tags else places
    cuts = cut(text, SIZE)
    X, y = ([part[a:b] for a, b in itertools.pairwise(cuts)] for part in (text, labels))
    tagger = CharSeqTagger(
        **SETTINGS, hidden_size=hidden_size, max_epochs=25, validation_fraction=0, random_state=seed
    )
    return tagger.fit(X, y)


def tag(taggers, text):
    """Return the most probable place of each character, by the mean of several taggers."""
    cuts = cut(text, SIZE)
    pieces = [(a, b, max(0, a - CONTEXT), b + CONTEXT) for a, b in itertools.pairwise(cuts)]
    X = [text[first:last] for _, _, first, last in pieces]
    total = np.zeros((len(text), len(PLACES)))
    for tagger in taggers:
        place = np.array([PLACES.index(label[0]) for label in tagger.classes_])
        for probabilities, (a, b, first, _) in zip(tagger.predict_proba(X), pieces, strict=True):
            kept = probabilities[a - first : b - first]
            for i in range(len(PLACES)):
                total[a:b, i] += kept[:, place == i].sum(1)
    return np.array(list(PLACES))[total.argmax(1)]


def main(part, folder):
    start = time.perf_counter()
    training = read(folder / "vi_vtb-ud-train.conllu")
    text, places, _ = read(folder / f"vi_vtb-ud-{part}.conllu")
    taggers = Parallel(n_jobs=2)(delayed(fit)(*training, *tagger) for tagger in TAGGERS)
    fitted = time.perf_counter()
    found = tag(taggers, text)
    words = f1(spans(text, places, SENTENCE + WORD), spans(text, found, SENTENCE + WORD))
    sentences = f1(spans(text, places, SENTENCE), spans(text, found, SENTENCE))
    print(f"UD Vietnamese-VTB {part}, {len(TAGGERS)} taggers")
    print(f"words F1 {words:.2f}   (UDPipe 2 on test: {UDPIPE_2})")
    print(f"sentences F1 {sentences:.2f}")
    print(f"fit {fitted - start:.0f} s, tag {time.perf_counter() - fitted:.0f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=["dev", "test"], default="dev")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the three files")
    args = parser.parse_args()
    main(args.part, args.data)
