from pathlib import Path

import pytest
from hypothesis import settings
from skorch.callbacks import Callback

# torch's first call takes seconds, so a deadline would fail at random. `make test` asks for "ci".
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("local")


@pytest.fixture(scope="session")
def shared_data():
    """The folder of real benchmark data beside the checkout; the test skips where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the benchmark data (../shared/data) is not on this machine")
    return folder


class BreaksOff(Callback):
    """The user breaks off at the end of a batch."""

    def __init__(self, batch):
        self.batch = batch

    def on_train_begin(self, net, **kwargs):
        self.batches = 0

    def on_batch_end(self, net, training=None, **kwargs):
        self.batches += 1
        if self.batches == self.batch:
            raise KeyboardInterrupt


class Hears(Callback):
    """Counts the epochs that it hears of."""

    epochs = 0

    def on_epoch_end(self, net, **kwargs):
        self.epochs += 1


@pytest.fixture
def breaks_off():
    """A function that returns a callback by which training is broken off at a batch."""
    return BreaksOff


@pytest.fixture
def hears():
    """A callback that counts epochs."""
    return Hears()


@pytest.fixture
def content():
    """A function that returns all that a pickle would hold: weights, scales, history, the optimizer's state."""

    def of(estimator):
        state = estimator.__getstate__()
        return state["state"], {name: array.tobytes() for name, array in state["arrays"].items()}

    return of
