"""Functions that are compiled by the first process that calls them, and read by later ones."""

import hashlib
from pathlib import Path

from numba import njit

#: Of the sources in this folder.
DIGEST = hashlib.sha256(
    b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
).hexdigest()[:16]


def kept_on_disk(function):
    """Compile a function that is called from Python, and keep it on disk.

    numba knows what it kept by the name and the code of the function, not by what that calls; so the digest of all
    sources is part of the name.
    """
    function.__qualname__ += f"_{DIGEST}"
    return njit(nogil=True, cache=True)(function)
