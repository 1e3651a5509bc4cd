import errno
from pathlib import Path

import pooch
import pytest

from tsrnn.datasets._download import cached_file

TEXT = "time,value\n" + "\n".join(f"{step},{step**2}" for step in range(1000))


def files_below(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def read_only(monkeypatch):
    """Let no new file be created, as on a read-only file system (root ignores mode bits)."""

    def refuse(*args, **kwargs):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("pooch.utils.tempfile.NamedTemporaryFile", refuse)


def test_a_file_is_downloaded_below_data_home(site, tmp_path):
    url, sha256 = site.add("/a.csv", TEXT)
    path = cached_file("room/a.csv", url, sha256, data_home=tmp_path)
    assert path == tmp_path / "room" / "a.csv"
    assert path.read_text() == TEXT
    assert files_below(tmp_path) == [path]


def test_a_cached_file_is_not_requested_again(site, tmp_path):
    url, sha256 = site.add("/a.csv", TEXT)
    for _ in range(2):
        cached_file("a.csv", url, sha256, data_home=str(tmp_path))
    assert site.requests == ["/a.csv"]


def test_a_file_with_another_hash_is_an_error_and_is_not_kept(site, tmp_path):
    url, _ = site.add("/a.csv", TEXT)
    _, sha256 = site.add("/b.csv", TEXT + "more")
    with pytest.raises(OSError, match=f"{url} does not send the published file.*{sha256}"):
        cached_file("room/a.csv", url, sha256, data_home=tmp_path, n_retries=1)
    assert site.requests == ["/a.csv"] * 2
    assert files_below(tmp_path) == []


def test_a_download_that_breaks_off_is_tried_again(site, tmp_path):
    url, sha256 = site.add("/a.csv", TEXT)
    site.drops = 2
    path = cached_file("a.csv", url, sha256, data_home=tmp_path, n_retries=2)
    assert len(site.requests) == 3
    assert path.read_text() == TEXT
    assert files_below(tmp_path) == [path]


def test_a_download_that_always_breaks_off_leaves_nothing(site, tmp_path):
    url, sha256 = site.add("/a.csv", TEXT)
    site.drops = 10
    with pytest.raises(OSError, match=f"{url} could not be downloaded"):
        cached_file("a.csv", url, sha256, data_home=tmp_path, n_retries=2)
    assert len(site.requests) == 3
    assert files_below(tmp_path) == []


def test_an_address_that_is_gone_is_named_with_its_status(site, tmp_path):
    url = site.url + "/gone.csv"
    with pytest.raises(OSError, match=f"{url} could not be downloaded.*404"):
        cached_file("gone.csv", url, "0" * 64, data_home=tmp_path, n_retries=0)


def test_without_a_network_the_error_says_what_to_do(site, tmp_path):
    url = "http://127.0.0.1:9/a.csv"
    with pytest.raises(OSError, match="Check the network connection") as caught:
        cached_file("a.csv", url, "0" * 64, data_home=tmp_path, n_retries=0)
    assert url in str(caught.value)
    assert f"save it as {tmp_path / 'a.csv'}" in str(caught.value)
    assert caught.value.__context__ is None  # no traceback of the layers below


def test_a_damaged_cached_file_is_downloaded_again(site, tmp_path):
    url, sha256 = site.add("/a.csv", TEXT)
    (tmp_path / "a.csv").write_text(TEXT[:100])
    path = cached_file("a.csv", url, sha256, data_home=tmp_path)
    assert path.read_text() == TEXT


@pytest.mark.parametrize(("text", "state"), [(None, "is not there"), ("half", "is damaged")])
def test_download_if_missing_false_never_asks_the_network(site, tmp_path, text, state):
    url, sha256 = site.add("/a.csv", TEXT)
    if text:
        (tmp_path / "a.csv").write_text(text)
    with pytest.raises(OSError, match=f"a.csv {state}.*download_if_missing=True"):
        cached_file("a.csv", url, sha256, data_home=tmp_path, download_if_missing=False)
    assert site.requests == []


def test_an_intact_file_is_read_from_a_read_only_folder(site, tmp_path, read_only):
    url, sha256 = site.add("/a.csv", TEXT)
    (tmp_path / "a.csv").write_text(TEXT)
    assert cached_file("a.csv", url, sha256, data_home=tmp_path) == tmp_path / "a.csv"
    assert site.requests == []


def test_a_damaged_file_in_a_read_only_folder_is_an_error_that_names_it(site, tmp_path, read_only):
    url, sha256 = site.add("/a.csv", TEXT)
    (tmp_path / "a.csv").write_text("half")
    with pytest.raises(OSError, match=r"a.csv is damaged.*cannot be written.*pass a data_home"):
        cached_file("a.csv", url, sha256, data_home=tmp_path)
    assert (tmp_path / "a.csv").read_text() == "half"


def test_a_data_home_that_cannot_be_made_is_an_error_that_names_it(site, tmp_path):
    url, sha256 = site.add("/a.csv", TEXT)
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=f"{tmp_path / 'file' / 'room'} cannot be written"):
        cached_file("room/a.csv", url, sha256, data_home=tmp_path / "file")


def test_the_default_data_home_is_the_environment_variable(site, tmp_path, monkeypatch):
    monkeypatch.setenv("TSRNN_DATA", str(tmp_path))
    url, sha256 = site.add("/a.csv", TEXT)
    assert cached_file("a.csv", url, sha256) == tmp_path / "a.csv"


def test_without_the_variable_the_default_is_the_users_cache(monkeypatch):
    monkeypatch.delenv("TSRNN_DATA", raising=False)
    folder = Path(pooch.os_cache("tsrnn"))
    with pytest.raises(OSError, match=str(folder / "no such file")):
        cached_file("no such file", "", "", download_if_missing=False)


def test_a_tilde_in_data_home_is_the_home_folder(site, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    url, sha256 = site.add("/a.csv", TEXT)
    assert cached_file("a.csv", url, sha256, data_home="~/data") == tmp_path / "data" / "a.csv"


def test_a_data_home_of_another_kind_is_a_type_error():
    with pytest.raises(TypeError, match=r"data_home must be the path of a folder.*not int"):
        cached_file("a.csv", "", "", data_home=5)


def test_a_negative_number_of_retries_is_a_value_error():
    with pytest.raises(ValueError, match="n_retries=-1 must be 0 or more"):
        cached_file("a.csv", "", "", n_retries=-1)
