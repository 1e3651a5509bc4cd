"""Persistence: a fitted estimator as one file that is safe to load, whoever wrote it.

An estimator is a tree of plain values, tensors, and objects of the library's own classes. `_codec` walks it by a table
of kinds (`_plain`, `_pandas`, `_objects`); what the table does not know is refused when it is saved. `_names` lists the
classes that a file may name, and `_file` is the file.
"""

from tsrnn.persistence._codec import Reader, Writer
from tsrnn.persistence._estimator import KINDS, Persistent, load

__all__ = ["KINDS", "Persistent", "Reader", "Writer", "load"]
