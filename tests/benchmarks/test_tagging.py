"""The tagging benchmark reads CoNLL-U as it is and scores as the CoNLL 2018 shared task does."""

import itertools
import runpy
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"

CONLLU = """\
# text = Hà Nội đẹp.
1\tHà Nội\t_\tPROPN\tNNP\t_\t2\tnsubj\t_\t_
2\tđẹp\t_\tADJ\tA\t_\t0\troot\t_\tSpaceAfter=No
3\t.\t_\tPUNCT\t.\t_\t2\tpunct\t_\t_

# text = Vâng
1\tVâng\t_\tINTJ\tI\t_\t0\troot\t_\t_
"""


@pytest.fixture(scope="module")
def benchmark():
    return runpy.run_path(str(BENCHMARKS / "tagging.py"))


@pytest.fixture
def sample(benchmark, tmp_path):
    path = tmp_path / "sample.conllu"
    path.write_text(CONLLU, encoding="utf-8")
    return benchmark["read"](path)


def test_every_character_has_its_place_and_its_word_s_part_of_speech(sample):
    text, places, tags = sample
    assert text == "Hà Nội đẹp. Vâng "
    assert places == "siiiiiiwiiwisiiii"
    assert tags == ["NNP"] * 7 + ["A"] * 3 + ["."] * 2 + ["I"] * 5


def test_spans_count_characters_that_are_no_spaces(benchmark, sample):
    assert benchmark["spans"](*sample[:2], "sw") == {(0, 5), (5, 8), (8, 9), (9, 13)}
    assert benchmark["spans"](*sample[:2], "s") == {(0, 9), (9, 13)}


def test_f1_is_the_harmonic_mean_of_precision_and_recall(benchmark, sample):
    text, *_ = sample
    right = benchmark["spans"](*sample[:2], "sw")
    split = benchmark["spans"](text, "siiwiiiwiiwisiiii", "sw")  # Hà | Nội
    precision, recall = 3 / 5, 3 / 4
    expected = 100 * 2 * precision * recall / (precision + recall)
    assert benchmark["f1"](right, split) == pytest.approx(expected)
    assert benchmark["f1"](right, right) == 100


def test_pieces_are_cut_after_spaces(benchmark):
    text = "một hai ba bốn năm "
    cuts = benchmark["cut"](text, 8)
    assert [text[a:b] for a, b in itertools.pairwise(cuts)] == [
        "một hai ",
        "ba bốn ",
        "năm ",
    ]


def test_taggers_answer_once_for_every_character(benchmark, sample):
    class Certain:
        """Finds a word after each space, whatever the context; a label may name a part of speech too."""

        classes_ = np.array(["iA", "s", "wA"])

        def predict_proba(self, X):
            return [np.eye(3)[[2 * (b == " ") for b in " " + x[:-1]]] for x in X]

    text = sample[0] * 40
    found = "".join(benchmark["tag"]([Certain()], text))
    assert found == "".join("w" if b == " " else "i" for b in " " + text[:-1])


def test_probabilities_of_all_parts_of_speech_add_up(benchmark):
    class Torn:
        classes_ = np.array(["iA", "wN", "wV"])

        def predict_proba(self, X):
            return [np.tile([0.4, 0.3, 0.3], (len(x), 1)) for x in X]

    assert "".join(benchmark["tag"]([Torn()], "một ")) == "wwww"


def test_the_score_of_syllables_taken_as_words_on_dev(benchmark, shared_data):
    text, labels, _ = benchmark["read"](shared_data / "ud-vtb" / "vi_vtb-ud-dev.conllu")
    syllables = "".join("w" if before == " " else "i" for before in " " + text[:-1])
    words = (benchmark["spans"](text, found, "sw") for found in (labels, syllables))
    assert benchmark["f1"](*words) == pytest.approx(71.15, abs=0.01)
