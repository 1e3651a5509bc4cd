"""The peers' side of speed.py: train a network for each line of stdin, and say when it is done.

A line holds library, cell, window, hidden units, batch and steps. One series is given, as a frame, and the network is
the same as by hand: the last output of one layer, and a linear one.
"""

import logging
import sys
import warnings

import numpy as np
import pandas as pd
import torch
from peers import QUIET


def by_neuralforecast(cell, values, window, hidden, batch, steps):
    from neuralforecast import NeuralForecast, models
    from neuralforecast.losses.pytorch import MSE

    frame = pd.DataFrame({"unique_id": 0, "ds": np.arange(len(values)), "y": values})
    network = getattr(models, cell)(
        h=1,
        input_size=window,
        encoder_n_layers=1,
        encoder_hidden_size=hidden,
        decoder_layers=1,
        loss=MSE(),
        max_steps=steps,
        val_check_steps=steps + 1,
        windows_batch_size=batch,
        scaler_type="identity",
        **QUIET,
    )
    NeuralForecast([network], freq=1).fit(frame)


def by_darts(cell, values, window, hidden, batch, steps):
    from darts import TimeSeries
    from darts.models import BlockRNNModel

    frame = pd.DataFrame({"y": values})
    BlockRNNModel(
        input_chunk_length=window,
        output_chunk_length=1,
        model=cell,
        hidden_dim=hidden,
        n_rnn_layers=1,
        batch_size=batch,
        n_epochs=steps,  # of at least one step each
        pl_trainer_kwargs={"max_steps": steps, **QUIET},
    ).fit(TimeSeries.from_dataframe(frame))


TRAIN = {"neuralforecast": by_neuralforecast, "darts": by_darts}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(int(sys.argv[1]))
    # What the libraries print must not come between the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        library, cell, *sizes = line.split()
        window, hidden, batch, steps = map(int, sizes)
        values = np.sin(np.arange(window + 1 + batch * steps) / 5).astype(np.float32)
        TRAIN[library](cell, values, window, hidden, batch, steps)
        print("done", file=answers, flush=True)
