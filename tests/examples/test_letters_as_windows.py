"""What the tutorial prints: the windows of the letters, and the letter after the last."""


def test_letters_become_windows(run_tutorial):
    printed = run_tutorial("letters_as_windows").splitlines()
    assert printed[0] == "5 rows in, windows of the shape (5, 2, 1) out"
    assert printed[1:5] == ["AB → C", "BC → D", "CD → E", "DE → F"]
