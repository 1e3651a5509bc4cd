"""Vietnamese word segmentation from raw characters: F1 of words and sentences on UD Vietnamese-VTB.

In Vietnamese a space stands within words as well as between them. Scores are those of the CoNLL 2018 shared task: a
word (a sentence) is right where its first and its last character that is no space are. Settings were chosen on dev:

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

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "ud-vtb"
#: F1 of words that UDPipe 2 has on test, whose tokenizer is a bidirectional GRU over characters too.
UDPIPE_2 = 86.06

SENTENCE, WORD, WITHIN = (
    "swi"  # labels: the first character of a sentence, of another word, any other
)
SIZE, CONTEXT = (
    200,
    50,
)  # characters of a piece of text, and those that are read on either side of it
SETTINGS = {}
SEEDS = range(4)


def read(path):
    """Return the raw text of a CoNLL-U file and a label for each of its characters.

    Nothing tells paragraphs apart, so the file is one line of text.
    """
    parts = []
    for block in Path(path).read_text(encoding="utf-8").strip().split("\n\n"):
        columns = [line.split("\t") for line in block.split("\n") if not line.startswith("#")]
        for i, column in enumerate(columns):
            word, gap = column[1], "" if "SpaceAfter=No" in column[9] else " "
            first = WORD if i else SENTENCE
            parts.append((word + gap, first + WITHIN * (len(word + gap) - 1)))
    text, labels = ("".join(part) for part in zip(*parts, strict=True))
    return text, labels


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


def fit(text, labels, seed):
    cuts = cut(text, SIZE)
    X, y = ([part[a:b] for a, b in itertools.pairwise(cuts)] for part in (text, labels))
    return CharSeqTagger(**SETTINGS, random_state=seed).fit(X, y)


def tag(taggers, text):
    """Return the most probable label of each character, the mean of several taggers."""
    cuts = cut(text, SIZE)
    pieces = [(a, b, max(0, a - CONTEXT), b + CONTEXT) for a, b in itertools.pairwise(cuts)]
    X = [text[first:last] for _, _, first, last in pieces]
    answers = zip(*(tagger.predict_proba(X) for tagger in taggers), strict=True)
    probabilities = [
        np.mean(each, axis=0)[a - first : b - first]
        for each, (a, b, first, _) in zip(answers, pieces, strict=True)
    ]
    return taggers[0].classes_[np.concatenate(probabilities).argmax(1)]


def main(part, folder):
    start = time.perf_counter()
    training = read(folder / "vi_vtb-ud-train.conllu")
    text, labels = read(folder / f"vi_vtb-ud-{part}.conllu")
    taggers = Parallel(n_jobs=2)(delayed(fit)(*training, seed) for seed in SEEDS)
    fitted = time.perf_counter()
    found = tag(taggers, text)
    words = f1(spans(text, labels, SENTENCE + WORD), spans(text, found, SENTENCE + WORD))
    sentences = f1(spans(text, labels, SENTENCE), spans(text, found, SENTENCE))
    print(f"UD Vietnamese-VTB {part}, {len(SEEDS)} taggers")
    print(f"words F1 {words:.2f}   (UDPipe 2 on test: {UDPIPE_2})")
    print(f"sentences F1 {sentences:.2f}")
    print(f"fit {fitted - start:.0f} s, tag {time.perf_counter() - fitted:.0f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=["dev", "test"], default="dev")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the three files")
    args = parser.parse_args()
    main(args.part, args.data)
