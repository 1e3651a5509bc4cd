"""Files: whole or refused, never run, written in one stroke."""

import json
import os
import pickle

import numpy as np
import pytest
import torch
from safetensors.torch import load, save
from sklearn.exceptions import NotFittedError

import tsrnn
from tsrnn import CharSeqTagger, LSTMForecaster, SequenceRegressor
from tsrnn.persistence import _file


@pytest.fixture
def model(quick, series, tmp_path):
    """A forecaster and the file that it was saved to."""
    fitted = quick().fit(series)
    path = tmp_path / "model.safetensors"
    fitted.save(path)
    return fitted, path


@pytest.fixture
def rewritten(model):
    """A function that changes what the file's header says, as a stranger can who knows its checksum."""

    def rewrite(change, tensors=None):
        _, path = model
        blob = path.read_bytes()
        header = json.loads(_file._metadata(blob)["tsrnn"])
        tensors = load(blob) if tensors is None else tensors
        del header["sha256"]
        change(header, header["state"])
        header["sha256"] = _file._checksum(header, tensors)
        path.write_bytes(save(tensors, {"tsrnn": json.dumps(header)}))
        return path

    return rewrite


def refused(path, kind=ValueError):
    """Return what the refusal of a file says: one line, and no other error behind it."""
    with pytest.raises(kind) as caught:
        tsrnn.load(path)
    message = str(caught.value)
    if kind is ValueError:
        assert str(path) in message
        assert "\n" not in message
        assert message.endswith(".")
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None or caught.value.__suppress_context__
    return message


def loaded_or_refused(path):
    try:
        return tsrnn.load(path)
    except ValueError as error:
        return str(error)


# --- damaged ----------------------------------------------------------------------------------------------------------


def test_no_changed_byte_goes_unnoticed(model):
    fitted, path = model
    blob, before = path.read_bytes(), fitted.forecast()
    rng = np.random.default_rng(0)
    header = 8 + int.from_bytes(blob[:8], "little")
    places = [*range(8), *rng.integers(8, header, 150), *rng.integers(header, len(blob), 50)]
    for place in places:
        changed = bytearray(blob)
        changed[place] ^= int(rng.integers(1, 256))
        path.write_bytes(changed)
        found = loaded_or_refused(path)
        # White space of the header may change.
        assert str(path) in found if isinstance(found, str) else found.forecast().equals(before)


def test_a_changed_weight_is_noticed(model):
    _, path = model
    blob = bytearray(path.read_bytes())
    blob[-5] ^= 1
    path.write_bytes(blob)
    assert "damaged: its content does not match its checksum" in refused(path)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_a_truncated_file_is_damaged(share, model):
    _, path = model
    blob = path.read_bytes()
    path.write_bytes(blob[: int(share * len(blob))])
    assert "damaged" in refused(path)


def test_a_text_file_is_not_one_of_ours(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("These are notes, and no model at all.\n")
    assert "not a file that save(path) of tsrnn wrote" in refused(path)


def test_a_pickle_is_not_loaded(model, tmp_path):
    path = tmp_path / "model.pickle"
    path.write_bytes(pickle.dumps(model[0]))
    assert "not a file that save(path) of tsrnn wrote" in refused(path)


def test_a_safetensors_file_of_another_library_is_not_one_of_ours(tmp_path):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(save({"weight": torch.zeros(3)}, {"format": "pt"}))
    assert "a safetensors file, but not one" in refused(path)


def test_a_file_of_a_later_version_says_so(rewritten):
    path = rewritten(lambda header, state: header.update(version="99.0"))
    message = refused(path)
    assert f"written by tsrnn 99.0; this is {tsrnn.__version__}: update it" in message


def test_a_file_of_an_earlier_version_is_read(rewritten, model):
    path = rewritten(lambda header, state: header.update(version="0.0.9"))
    assert tsrnn.load(path).forecast().equals(model[0].forecast())


def test_a_missing_file_is_missing(tmp_path):
    assert "model.safetensors" in refused(tmp_path / "model.safetensors", FileNotFoundError)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(OSError, match=str(tmp_path)):
        tsrnn.load(tmp_path)


# --- a stranger's -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["os.system", "builtins.eval", "subprocess.Popen", "pickle.loads"])
@pytest.mark.parametrize("kind", ["class", "record", "network", "module", "estimator", "custom"])
def test_a_class_that_is_not_listed_is_never_looked_up(
    name, kind, rewritten, monkeypatch, tmp_path
):
    monkeypatch.setattr(os, "system", lambda command: pytest.fail("a stranger's command ran"))
    named = {"kind": "class", "name": name}

    def change(header, state):
        state["learned"]["net_"] = {"kind": kind, "class": named, "name": name, "fields": {}}
        state["learned"]["net_"] |= {"args": [f"touch {tmp_path}/ran"], "own": {}}

    refused(rewritten(change))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda header, state: state.clear(),
        lambda header, state: state.pop("params"),
        lambda header, state: state["params"].update(horizont=3),
        lambda header, state: state["learned"].clear(),
        lambda header, state: state["learned"].pop("net_"),
        lambda header, state: state["learned"].update(forecast=1),
        lambda header, state: state["learned"].update(history_={"kind": "unheard of"}),
        lambda header, state: state["learned"].update(history_={"kind": "same", "as": 99}),
        lambda header, state: state["learned"].update(history_={"kind": "other", "number": 0}),
        lambda header, state: state["learned"].update(device_={"kind": "date", "text": 5}),
        lambda header, state: state["learned"]["net_"]["parts"].pop("criterion"),
        lambda header, state: state["learned"]["net_"]["parts"].update(type=None),
        lambda header, state: state["learned"]["net_"]["parts"]["module"]["arguments"].update(
            hidden_size=5
        ),
        lambda header, state: state["learned"]["net_"]["parts"]["module"]["weights"].popitem(),
        lambda header, state: state["learned"]["_fitted"]["fields"].pop("panel"),
        lambda header, state: state["learned"]["_fitted"].update(
            {"class": {"kind": "class", "name": "tsrnn.cells.LSTM"}}
        ),
        lambda header, state: state.update(kind=[]),
        lambda header, state: header.pop("state"),
        lambda header, state: header.update(state=[[{}]]),
    ],
)
def test_a_state_that_does_not_fit_is_refused_in_one_line(change, rewritten):
    assert "cannot be read by this tsrnn" in refused(rewritten(change))


def test_a_tensor_too_many_is_refused(rewritten, model):
    tensors = load(model[1].read_bytes()) | {"more": torch.zeros(1)}
    assert "something else than one estimator" in refused(
        rewritten(lambda header, state: None, tensors)
    )


def test_a_value_alone_is_no_estimator(tmp_path):
    path = tmp_path / "model"
    _file.write_file(path, {"kind": "tuple", "items": [1]}, {})
    assert "something else than one estimator" in refused(path)


def test_a_model_of_a_gpu_computes_on_the_cpu(rewritten, model):
    cuda = {"kind": "device", "text": "cuda:99"}

    def change(header, state):
        state["params"]["device"] = "cuda:99"
        state["learned"]["device_"] = cuda
        state["learned"]["_fit_"]["fields"]["device"] = cuda
        options = state["learned"]["net_"]["parts"]["options"]["items"]
        next(item for item in options if item[0] == "device")[1] = cuda

    loaded, fitted = tsrnn.load(rewritten(change)), model[0]
    assert loaded.device_ == torch.device("cpu")
    assert loaded.forecast(9).equals(fitted.forecast(9))
    more = loaded.set_params(device="auto").partial_fit(fitted.forecast(40))
    assert len(more.history_) == 3


def test_what_the_best_device_fitted_is_read_where_there_is_no_gpu(
    quick, series, tmp_path, monkeypatch
):
    fitted = quick(device="auto").fit(series)
    fitted.save(tmp_path / "model")
    assert tsrnn.load(tmp_path / "model").device_ == fitted.device_
    expected = fitted.forecast()
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    loaded = tsrnn.load(tmp_path / "model")
    assert next(loaded.module_.parameters()).device.type != "cuda"
    np.testing.assert_allclose(loaded.forecast(), expected, rtol=1e-4)


# --- saving -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("estimator", [LSTMForecaster(), CharSeqTagger(), SequenceRegressor()])
def test_what_is_not_fitted_is_not_saved(estimator, tmp_path):
    with pytest.raises(NotFittedError):
        estimator.save(tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("at", ["fsync", "replace"])
def test_a_save_that_breaks_off_leaves_the_earlier_file_whole(at, model, monkeypatch, tmp_path):
    fitted, path = model
    before = path.read_bytes()

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, at, full)
    with pytest.raises(OSError, match="No space left"):
        fitted.save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_refused_attribute_leaves_the_earlier_file_whole(model, tmp_path):
    fitted, path = model
    before = path.read_bytes()
    fitted.note_ = {"by": [object()]}
    with pytest.raises(TypeError, match=r"note_\['by'\]\[0\] cannot be saved: it is a object"):
        fitted.save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_value_that_holds_itself_is_refused(model):
    fitted, path = model
    fitted.note_ = []
    fitted.note_.append(fitted.note_)
    with pytest.raises(TypeError, match="holds itself"):
        fitted.save(path)


def test_a_folder_that_is_not_there_is_named(model, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere; make it first"):
        model[0].save(tmp_path / "nowhere" / "model")


def test_a_link_goes_on_pointing_to_the_model(model, tmp_path):
    fitted, path = model
    link = tmp_path / "latest"
    link.symlink_to(path)
    before = path.stat().st_ino
    fitted.save(link)
    assert link.is_symlink()
    assert path.stat().st_ino != before


def test_the_file_has_the_rights_of_any_new_file(model, tmp_path):
    (tmp_path / "plain").write_text("")
    assert model[1].stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_more_names_than_a_header_holds_are_refused_before_anything_is_written(
    model, monkeypatch, tmp_path
):
    fitted, path = model
    monkeypatch.setattr(_file, "_LONGEST_HEADER", 1000)
    with pytest.raises(ValueError, match="too many names"):
        fitted.save(tmp_path / "other")
    assert list(tmp_path.iterdir()) == [path]
