"""One file of the cache: whole and verified, or an error that says what to do."""

import os
from pathlib import Path


def cached_file(name, url, sha256, *, data_home=None, download_if_missing=True, n_retries=3):
    """Return the path of ``data_home / name``, downloaded from `url` unless it is there intact.

    The download goes to a temporary name and takes the place of `name` only when its SHA-256 is
    `sha256`. An intact file is read where it is: nothing is written and no network is needed.

    Raises
    ------
    OSError
        If the file is not there intact and cannot be had.
    """
    import pooch

    if not n_retries >= 0:
        raise ValueError(f"n_retries={n_retries!r} must be 0 or more.")
    path = _data_home(data_home) / name
    if not path.is_file():
        state = "is not there"
    elif pooch.file_hash(str(path)) != sha256:
        state = "is damaged (its SHA-256 is not that of the published file)"
    else:
        return path
    if not download_if_missing:
        raise OSError(f"{path} {state}: to download it, call with download_if_missing=True.")
    problem = _download(path, url, sha256, n_retries)
    if problem:
        raise OSError(f"{path} {state}, and {problem}")
    return path


def _data_home(data_home):
    import pooch

    if data_home is None:
        data_home = os.environ.get("TSRNN_DATA") or pooch.os_cache("tsrnn")
    if not isinstance(data_home, (str, os.PathLike)):
        kind = type(data_home).__name__
        raise TypeError(f"data_home must be the path of a folder (str or os.PathLike), not {kind}.")
    return Path(data_home).expanduser()


def _download(path, url, sha256, n_retries):
    """Download `url` to `path`; return what went wrong and what to do, or None."""
    import pooch
    from requests import RequestException

    remote = pooch.create(
        path.parent,
        base_url="",
        registry={path.name: f"sha256:{sha256}"},
        urls={path.name: url},
        retry_if_failed=n_retries,
    )
    try:
        remote.fetch(path.name)
    except RequestException as error:
        return (
            f"{url} could not be downloaded ({error}). Check the network connection and call "
            f"again, or get that file by other means and save it as {path}."
        )
    except ValueError:  # pooch's word for a wrong hash
        return (
            f"{url} does not send the published file (SHA-256 {sha256}); nothing of it was kept. "
            f"Call again later, or save the published file as {path}."
        )
    except OSError as error:
        return f"{path.parent} cannot be written ({error}): pass a data_home that can be."
    return None
