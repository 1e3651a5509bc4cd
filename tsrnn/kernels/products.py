"""Products of small matrices, as fast as the processor multiplies.

A tile of the result, a few rows by three vectors, stays in registers while the inner dimension runs by: for each step
one vector of B for each column and one number of A for each row. Matrices are given as addresses and strides, so that
they are read where they lie, whatever lies between.
"""

from llvmlite import ir
from numba import carray, njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from tsrnn.kernels.vectors import FLOAT, LANES, LONG, broadcast

#: Rows of a tile: as many as 16 registers of AVX2 hold, or 32 of AVX-512 and NEON.
TILE_ROWS = 4 if LANES == 8 else 8
#: Columns of a tile, and of a panel of a packed matrix.
PANEL = 3 * LANES


def _tile(n_vectors, lanes=LANES):
    """Return an intrinsic that computes A·B for a tile of C, of at most `TILE_ROWS` rows by `n_vectors` vectors.

    Its arguments: rows, inner, a, a_row, a_inner, b, b_inner, c, c_row, adds; addresses, strides in numbers, and
    whether to add to C.
    """

    zeros = ir.Constant(ir.VectorType(FLOAT, lanes), [0.0] * lanes)

    def codegen(context, builder, signature, args):
        rows, inner, a, a_row, a_inner, b, b_inner, c, c_row, adds = args
        last = builder.sub(rows, LONG(1))
        # Rows that are not there are the last one once more: the same number is written again.
        row = [
            builder.select(builder.icmp_signed("<", LONG(r), rows), LONG(r), last)
            for r in range(TILE_ROWS)
        ]
        of_a = [_address(builder, LONG(0), r, a_row) for r in row]
        of_c = [_address(builder, c, r, c_row) for r in row]
        at_c = [_vector_at(builder, place, v, lanes) for place in of_c for v in range(n_vectors)]

        def multiply(values):
            at_a, at_b, *sums = values
            sums = _multiply(builder, [builder.add(at_a, r) for r in of_a], at_b, sums, lanes)
            return [
                _address(builder, at_a, LONG(1), a_inner),
                _address(builder, at_b, LONG(1), b_inner),
                *sums,
            ]

        _, _, *sums = _repeat(builder, inner, [a, b, *[zeros] * len(at_c)], multiply)
        before = builder.block
        with builder.if_then(builder.icmp_signed("!=", adds, LONG(0))):
            added = [
                builder.fadd(builder.load(p, align=4), total)
                for p, total in zip(at_c, sums, strict=True)
            ]
            adding = builder.block
        ends = [builder.phi(zeros.type) for _ in sums]
        for end, total, more in zip(ends, sums, added, strict=True):
            end.add_incoming(total, before)
            end.add_incoming(more, adding)
        for end, place in zip(ends, at_c, strict=True):
            builder.store(end, place, align=4)
        return context.get_dummy_value()

    @intrinsic
    def tile(context, rows, inner, a, a_row, a_inner, b, b_inner, c, c_row, adds):
        return types.void(*[types.intp] * 10), codegen

    return tile


def _repeat(builder, times, values, step):
    """Write a loop, at least one time long, that hands values from one time to the next; return the last ones."""
    entry, loop = builder.block, builder.append_basic_block("inner")
    done = builder.append_basic_block("done")
    builder.branch(loop)
    builder.position_at_end(loop)
    count, *carried = phis = [builder.phi(value.type) for value in (LONG(0), *values)]
    after = [builder.add(count, LONG(1)), *step(carried)]
    for phi, first, value in zip(phis, (LONG(0), *values), after, strict=True):
        phi.add_incoming(first, entry)
        phi.add_incoming(value, loop)
    builder.cbranch(builder.icmp_signed("<", after[0], times), loop, done)
    builder.position_at_end(done)
    return after[1:]


def _multiply(builder, at_a, at_b, sums, lanes):
    """Return each row's sums with its number of A times the vectors of B added."""
    kind = ir.FunctionType(sums[0].type, [sums[0].type] * 3)
    fma = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{lanes}f32")
    n_vectors = len(sums) // len(at_a)
    of_b = [builder.load(_vector_at(builder, at_b, v, lanes), align=4) for v in range(n_vectors)]
    at_a = [builder.inttoptr(place, FLOAT.as_pointer()) for place in at_a]
    numbers = [broadcast(builder, builder.load(place, align=4), lanes) for place in at_a]
    pairs = [(number, vector) for number in numbers for vector in of_b]
    return [builder.call(fma, [*pair, total]) for pair, total in zip(pairs, sums, strict=True)]


def _address(builder, base, number, stride):
    return builder.add(base, builder.mul(LONG(4), builder.mul(number, stride)))


def _vector_at(builder, address, number, lanes):
    address = builder.add(address, LONG(4 * lanes * number))
    return builder.inttoptr(address, ir.VectorType(FLOAT, lanes).as_pointer())


_half, _one, _two, _three = _tile(1, LANES // 2), _tile(1), _tile(2), _tile(3)


@njit(nogil=True)
def product(rows, columns, inner, a, a_row, a_inner, b, c, c_row, adds, b_panel=0, b_inner=PANEL):
    """Compute A (rows, inner) times B (inner, columns), or add it to C.

    Whole vectors of B and C are read, and of C written: up to LANES - 1 numbers beyond the last column, which are
    overwritten, or added to, with what lies beyond that of B.

    Parameters
    ----------
    rows, columns, inner : int
    a, b, c : int
        Addresses of float32 numbers.
    a_row, a_inner : int
        Numbers from a row of A to the next, and from one to the next within.
    c_row : int
        Numbers from a row of C to the next.
    adds : int
        1 to add to C, 0 to overwrite it.
    b_panel, b_inner : int
        Numbers from a panel of B to the next, and from a row to the next: those of a packed one unless given; of a
        plain one `PANEL` and the length of its rows.
    """
    b_panel = b_panel or inner * PANEL
    for column in range(0, columns, PANEL):
        vectors = (columns - column + LANES - 1) // LANES
        at_b = b + 4 * (column // PANEL) * b_panel
        for row in range(0, rows, TILE_ROWS):
            at_a, at_c = a + 4 * row * a_row, c + 4 * (row * c_row + column)
            left = min(TILE_ROWS, rows - row)
            if vectors >= 3:
                _three(left, inner, at_a, a_row, a_inner, at_b, b_inner, at_c, c_row, adds)
            elif vectors == 2:
                _two(left, inner, at_a, a_row, a_inner, at_b, b_inner, at_c, c_row, adds)
            elif columns - column > LANES // 2:
                _one(left, inner, at_a, a_row, a_inner, at_b, b_inner, at_c, c_row, adds)
            else:
                _half(left, inner, at_a, a_row, a_inner, at_b, b_inner, at_c, c_row, adds)


@njit(nogil=True)
def packed_size(inner, columns):
    """Return how many numbers a packed matrix (inner, columns) takes."""
    return -(-columns // PANEL) * inner * PANEL


@njit(nogil=True)
def pack(packed, inner, weight, first=0):
    """Write the transpose of `weight` (columns, n) into a packed matrix of `inner` rows, from row `first` on."""
    columns, n = weight.shape
    for column in range(0, columns, PANEL):
        at, width = (column // PANEL * inner + first) * PANEL, min(PANEL, columns - column)
        for j in range(width):
            for i in range(n):
                packed[at + i * PANEL + j] = weight[column + j, i]


@njit(nogil=True)
def padded(columns):
    """Return the length of a row with room for what `product` writes beyond its last column."""
    return -(-columns // LANES) * LANES


@njit(nogil=True)
def apart(columns):
    """Return the length of a row that holds `columns`, such that rows below each other share no place in a cache."""
    return (-(-columns // LANES) | 1) * LANES


@intrinsic
def _pointer(context, address):
    def codegen(context, builder, signature, args):
        return builder.inttoptr(args[0], FLOAT.as_pointer())

    return types.CPointer(types.float32)(types.intp), codegen


@njit(nogil=True)
def matrix(address, rows, columns):
    """Return the numbers at an address as an array."""
    return carray(_pointer(address), (rows, columns))
