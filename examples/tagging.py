"""Put the spaces back into text that lost them: a label for every letter, learned from Python's own help pages.

Draws unseen phrases, every letter coloured by the probability that a word begins there.
"""

import argparse
import re
from pathlib import Path
from pydoc_data.topics import topics

import matplotlib.pyplot as plt
import numpy as np

from tsrnn import CharSeqTagger

N_HELD_OUT = 200


def phrases():
    """Return the help pages' runs of five to fifteen lower-case words, each once."""
    text = " ".join(" ".join(topics.values()).split())
    return list(dict.fromkeys(re.findall(r"\b[a-z]+(?: [a-z]+){4,14}\b", text)))


def without_spaces(phrase):
    """Return the letters, and B for each that begins a word, I for the others."""
    words = phrase.split()
    return "".join(words), "".join("B" + "I" * (len(word) - 1) for word in words)


def with_spaces(letters, labels):
    return "".join(
        f" {letter}" if label == "B" else letter
        for letter, label in zip(letters, labels, strict=True)
    ).strip()


def draw(tagger, sequences):
    """Draw one phrase per row: the darker a letter's ground, the surer that a word begins there."""
    figure, ax = plt.subplots(figsize=(11, 0.5 * len(sequences) + 1), layout="constrained")
    longest = max(map(len, sequences))
    begins = np.full((len(sequences), longest), np.nan)
    for row, probabilities in enumerate(tagger.predict_proba(sequences)):
        begins[row, : len(probabilities)] = probabilities[:, tagger.classes_ == "B"][:, 0]
    image = ax.imshow(begins, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for row, letters in enumerate(sequences):
        for column, letter in enumerate(letters):
            sure = begins[row, column] > 0.6
            ax.text(column, row, letter, ha="center", va="center", color="w" if sure else "k")
    ax.set(xticks=[], yticks=[], title="Where does a word begin?")
    ax.spines[:].set_visible(False)
    figure.colorbar(image, label="probability", pad=0.01)
    return figure


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    found = np.random.default_rng(0).permutation(phrases()).tolist()
    X, y = zip(*map(without_spaces, found), strict=True)
    tagger = CharSeqTagger(bidirectional=True, max_epochs=10, random_state=0)
    tagger.fit(X[N_HELD_OUT:], y[N_HELD_OUT:])

    unseen, labels = X[:N_HELD_OUT], y[:N_HELD_OUT]
    answers = tagger.predict(unseen)
    whole = np.mean([answer == label for answer, label in zip(answers, labels, strict=True)])
    print(
        f"Trained on {len(X) - N_HELD_OUT} phrases in {tagger.history_['seconds'].sum():.0f} s; of "
        f"{N_HELD_OUT} unseen ones {tagger.score(unseen, labels):.1%} of the letters are right, and "
        f"{whole:.0%} of the phrases without any error:"
    )
    for letters, answer in zip(unseen[:6], answers, strict=False):
        print(f"  {letters}\n    {with_spaces(letters, answer)}")
    path = (folder / "tagging.png").resolve()
    draw(tagger, [letters for letters in unseen if len(letters) <= 60][:8]).savefig(path, dpi=150)
    print(f"Wrote {path}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("."), help="where the picture goes")
    main(parser.parse_args().folder)
