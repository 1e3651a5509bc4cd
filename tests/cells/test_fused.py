import torch

from tsrnn.cells import LSTMP
from tsrnn.cells.fused import in_one_buffer


def test_the_buffer_holds_matrices_before_biases_and_the_order_of_the_list_stays():
    weights = LSTMP(4, 6, proj_size=2).fused_weights()
    views = in_one_buffer(weights)
    assert all(torch.equal(view, weight) for view, weight in zip(views, weights, strict=True))
    w_ih, w_hh, b_ih, b_hh, w_hr = views
    expected, offset = [], 0
    for view in (w_ih, w_hh, w_hr, b_ih, b_hh):
        expected.append(w_ih.data_ptr() + offset)
        offset += view.numel() * view.element_size()
    assert [view.data_ptr() for view in (w_ih, w_hh, w_hr, b_ih, b_hh)] == expected


def test_gradients_pass_through_the_buffer_to_the_parameters():
    cell = LSTMP(4, 6, proj_size=2)
    views = in_one_buffer(cell.fused_weights())
    sum((i + 1) * view.sum() for i, view in enumerate(views)).backward()
    slopes = [parameter.grad.unique().tolist() for parameter in cell.parameters()]
    assert slopes == [[1.0], [2.0], [3.0], [4.0], [5.0]]
