import pytest
import torch

from tsrnn.training import resolve_device


@pytest.fixture
def machine(monkeypatch):
    """Make the machine one with so many NVIDIA GPUs, and perhaps Apple's."""

    def build(n_cuda=0, mps=False):
        monkeypatch.setattr(torch.cuda, "device_count", lambda: n_cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    return build


def test_auto_takes_a_gpu_where_there_is_one(machine):
    machine()
    assert resolve_device("auto") == torch.device("cpu")
    machine(n_cuda=2)
    assert resolve_device("auto") == torch.device("cuda")
    machine(mps=True)
    assert resolve_device("auto") == torch.device("mps")


@pytest.mark.parametrize(
    "name", ["cpu", "cuda", "cuda:0", "cuda:1", torch.device("cpu"), torch.device("cuda", 1)]
)
def test_a_device_that_is_there_is_taken_by_its_name(machine, name):
    machine(n_cuda=2)
    assert resolve_device(name) == torch.device(name)


@pytest.mark.parametrize("name", ["mps", "mps:0"])
def test_apples_gpu_is_taken_by_its_name(machine, name):
    machine(mps=True)
    assert resolve_device(name).type == "mps"


@pytest.mark.parametrize("name", ["cuda", "cuda:0", "mps", torch.device("cuda")])
def test_a_device_that_is_not_there_is_refused(machine, name):
    machine()
    with pytest.raises(ValueError, match=r"device=.* is not there; .*'auto'.* cpu\."):
        resolve_device(name)


def test_the_message_names_the_devices_that_are_there(machine):
    machine(n_cuda=2)
    with pytest.raises(ValueError, match=r"device='cuda:7' is not there.* cpu, cuda:0, cuda:1\."):
        resolve_device("cuda:7")


@pytest.mark.parametrize("name", ["gpu", "", "cuda:one", None, 1.5, ["cpu"]])
def test_what_is_no_device_is_refused(machine, name):
    machine()
    with pytest.raises(ValueError, match=r"device=.*; use 'auto'.* cpu\."):
        resolve_device(name)
