"""A step of each recurrence, forward and back, one unit at a time.

The equations are those of the docstrings in `tsrnn.cells`. Backward, d stands for the derivative of the loss by what
follows it: from `du` and `dc`, those of the step's answer and of its memory, come those of the gates before their
nonlinearity, of the state before the step as far as it does not pass a product, and of the memory before it.
"""

from dataclasses import dataclass

from numba import njit

from tsrnn.kernels.vectors import elementwise, relu, sigmoid, tanh


@dataclass(frozen=True)
class Recurrence:
    """What a sweep has to know of a recurrence.

    Parameters
    ----------
    number : int
        By which `step` and `step_back` know it.
    blocks : int
        Blocks of H gates each.
    x_blocks, h_blocks : (int, int)
        Those that the product with the input, and that with the state, adds to: from and to. The input's begin with
        block 0, and the state's end no earlier.
    memory : bool
        Whether there is a c, which has no product of its own.
    carries : bool
        Whether h enters the equations too, not by a product alone.
    n_extra : int
        Vectors of parameters, a number for each unit.
    keeps_gates : bool
        Whether the way back asks for the gates.
    """

    number: int
    blocks: int
    x_blocks: tuple
    h_blocks: tuple
    memory: bool = False
    carries: bool = False
    n_extra: int = 0
    keeps_gates: bool = True


RNN_TANH = Recurrence(0, 1, (0, 1), (0, 1), keeps_gates=False)
RNN_RELU = Recurrence(1, 1, (0, 1), (0, 1), keeps_gates=False)
# In the order candidate, reset, update, and the state's share of the candidate, which the reset gate scales.
GRU = Recurrence(2, 4, (0, 3), (1, 4), carries=True)
LSTM = Recurrence(3, 4, (0, 4), (0, 4), memory=True)
PEEPHOLE = Recurrence(4, 4, (0, 4), (0, 4), memory=True, n_extra=3)
# The input gate has the sum of the forget gate, so no product adds to its block.
JANET = Recurrence(5, 3, (0, 2), (0, 2), carries=True, n_extra=1)


# --- Elman RNN ------------------------------------------------------------------------------------


def rnn_tanh(s):
    return (tanh(s),)


def rnn_tanh_back(u, du):
    return du * (1 - u * u), du * 0


def rnn_relu(s):
    return (relu(s),)


def rnn_relu_back(u, du):
    return u.where_positive(du), du * 0


# --- GRU, the reset gate after the product -------------------------------------------------------


def gru(n, r, z, hn, h):
    r, z = sigmoid(r), sigmoid(z)
    n = tanh(n + r * hn)
    return n, r, z, hn, (1 - z) * n + z * h


def gru_back(n, r, z, hn, h, u, du):
    dn = du * (1 - z) * (1 - n * n)
    dz = du * (h - n) * z * (1 - z)
    dr = dn * hn * r * (1 - r)
    return dn, dr, dz, dn * r, du * z


# --- LSTM, with or without a projection -----------------------------------------------------------


def lstm(i, f, g, o, c):
    i, f, g, o = sigmoid(i), sigmoid(f), tanh(g), sigmoid(o)
    c = f * c + i * g
    return i, f, g, o, c, o * tanh(c)


def lstm_back(i, f, g, o, c_before, c, u, du, dc):
    t = tanh(c)
    dc = dc + du * o * (1 - t * t)
    di, df, dg, do = dc * g, dc * c_before, dc * i, du * t
    return (
        di * i * (1 - i), df * f * (1 - f), dg * (1 - g * g), do * o * (1 - o),
        du * 0, dc * f,
    )  # fmt: skip


# --- LSTM with peepholes --------------------------------------------------------------------------


def peephole(i, f, g, o, c, wi, wf, wo):
    i, f, g = sigmoid(i + wi * c), sigmoid(f + wf * c), tanh(g)
    c = f * c + i * g
    o = sigmoid(o + wo * c)
    return i, f, g, o, c, o * tanh(c)


def peephole_back(i, f, g, o, c_before, c, wi, wf, wo, dwi, dwf, dwo, u, du, dc):
    t = tanh(c)
    do = du * t * o * (1 - o)
    dc = dc + du * o * (1 - t * t) + do * wo
    di, df = dc * g * i * (1 - i), dc * c_before * f * (1 - f)
    return (
        di, df, dc * i * (1 - g * g), do,
        du * 0, dc * f + di * wi + df * wf,
        dwi + di * c_before, dwf + df * c_before, dwo + do * c,
    )  # fmt: skip


# --- JANET, its input gate in a third block that no product adds to ----------------------------------


def janet(s, g, _, h, beta):
    f, i, g = sigmoid(s), 1 - sigmoid(s - beta), tanh(g)
    return f, g, i, f * h + i * g


def janet_back(f, g, i, h, beta, d_beta, u, du):
    df, di, dg = du * h, du * g, du * i
    ds = df * f * (1 - f) - di * i * (1 - i)
    return ds, dg * (1 - g * g), du * 0, du * f, d_beta


# --- compiled -------------------------------------------------------------------------------------

# The bases of the addresses that a step is called with.
_GATES, _H_BEFORE, _C_BEFORE, _EXTRA, _C, _U, _DU, _DC, _D_GATES, _D_EXTRA = range(10)


def _forward(equations, of):
    """Compile `equations(*gates[, h][, c], *extra) -> ([*gates][, c], u)`.

    Gates come in as sums of products, and leave as what the way back wants to know, if anything.
    """
    gates = [(_GATES, k) for k in range(of.blocks)]
    state = [(_H_BEFORE, 0)] * of.carries + [(_C_BEFORE, 0)] * of.memory
    extra = [(_EXTRA, k) for k in range(of.n_extra)]
    answers = [*gates * of.keeps_gates, *[(_C, 0)] * of.memory, (_U, 0)]
    return elementwise(equations, [*gates, *state, *extra], answers, 6)


def _backward(equations, of):
    """Compile `equations([*gates][, h][, c_before, c], *extra, *d_extra, u, du[, dc])`.

    It answers `(*d_gates, dh[, dc_before], *d_extra)`, dh in the place of du.
    """
    gates = [(_GATES, k) for k in range(of.blocks)]
    state = [(_H_BEFORE, 0)] * of.carries + [(_C_BEFORE, 0), (_C, 0)] * of.memory
    extra = [(_EXTRA, k) for k in range(of.n_extra)]
    d_extra = [(_D_EXTRA, k) for k in range(of.n_extra)]
    dc = [(_DC, 0)] * of.memory
    d_gates = [(_D_GATES, k) for k in range(of.blocks)]
    given = [*gates * of.keeps_gates, *state, *extra, *d_extra, (_U, 0), (_DU, 0), *dc]
    return elementwise(equations, given, [*d_gates, (_DU, 0), *dc, *d_extra], 10)


_rnn_tanh, _rnn_tanh_back = _forward(rnn_tanh, RNN_TANH), _backward(rnn_tanh_back, RNN_TANH)
_rnn_relu, _rnn_relu_back = _forward(rnn_relu, RNN_RELU), _backward(rnn_relu_back, RNN_RELU)
_gru, _gru_back = _forward(gru, GRU), _backward(gru_back, GRU)
_lstm, _lstm_back = _forward(lstm, LSTM), _backward(lstm_back, LSTM)
_peephole, _peephole_back = _forward(peephole, PEEPHOLE), _backward(peephole_back, PEEPHOLE)
_janet, _janet_back = _forward(janet, JANET), _backward(janet_back, JANET)


@njit(nogil=True)
def step(number, units, gates, h_before, c_before, extra, c, u):
    """Advance one row by one step: `units` numbers at each address, block after block."""
    if number == 0:
        _rnn_tanh(units, gates, h_before, c_before, extra, c, u)
    elif number == 1:
        _rnn_relu(units, gates, h_before, c_before, extra, c, u)
    elif number == 2:
        _gru(units, gates, h_before, c_before, extra, c, u)
    elif number == 3:
        _lstm(units, gates, h_before, c_before, extra, c, u)
    elif number == 4:
        _peephole(units, gates, h_before, c_before, extra, c, u)
    else:
        _janet(units, gates, h_before, c_before, extra, c, u)


@njit(nogil=True)
def step_back(number, units, gates, h_before, c_before, extra, c, u, du, dc, d_gates, d_extra):
    """Take one row back by one step: `du` becomes the derivative by the state before, as far as by no product."""
    at = (gates, h_before, c_before, extra, c, u, du, dc, d_gates, d_extra)
    if number == 0:
        _rnn_tanh_back(units, *at)
    elif number == 1:
        _rnn_relu_back(units, *at)
    elif number == 2:
        _gru_back(units, *at)
    elif number == 3:
        _lstm_back(units, *at)
    elif number == 4:
        _peephole_back(units, *at)
    else:
        _janet_back(units, *at)
