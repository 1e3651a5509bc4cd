from pathlib import Path

import pytest
from hypothesis import settings

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
