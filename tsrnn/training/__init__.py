"""Training: the only room that knows skorch."""

from tsrnn.training.callbacks import progress_bar
from tsrnn.training.chunks import build_chunk_net, choose_sizes, split_chunked
from tsrnn.training.devices import resolve_device
from tsrnn.training.going_on import going_on
from tsrnn.training.members import side_by_side
from tsrnn.training.net import (
    VALIDATION_WINDOWS,
    build_net,
    epochs_to_best,
    history_frame,
    train,
    warn_of_no_judge,
)
from tsrnn.training.parameters import (
    check_choice,
    check_flag,
    check_loss,
    check_network_parameters,
    check_number,
    check_same_network,
    check_whole,
    in_short,
    in_words_of_build,
    limits,
    patience_of,
)
from tsrnn.training.parts import assemble, parts_of
from tsrnn.training.seeds import check_random_state, draw_seed, draw_seeds
from tsrnn.training.sequences import LengthBatches, Sequences, build_sequence_net, hold_out

__all__ = [
    "VALIDATION_WINDOWS",
    "LengthBatches",
    "Sequences",
    "assemble",
    "build_chunk_net",
    "build_net",
    "build_sequence_net",
    "check_choice",
    "check_flag",
    "check_loss",
    "check_network_parameters",
    "check_number",
    "check_random_state",
    "check_same_network",
    "check_whole",
    "choose_sizes",
    "draw_seed",
    "draw_seeds",
    "epochs_to_best",
    "going_on",
    "history_frame",
    "hold_out",
    "in_short",
    "in_words_of_build",
    "limits",
    "parts_of",
    "patience_of",
    "progress_bar",
    "resolve_device",
    "side_by_side",
    "split_chunked",
    "train",
    "warn_of_no_judge",
]
