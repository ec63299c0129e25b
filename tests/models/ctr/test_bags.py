import numpy as np

from models.ctr import bags


def test_what_parts_the_values_of_a_column():
    assert bags.separator(["a|b", "c"]) == bags.BAR
    assert bags.separator(["New York", "San Jose"]) == ""
    assert bags.separator([f"{a}, {b}" for a in "abcde" for b in "fghij"]) == bags.LOOSE
    assert bags.separator([]) == ""


def test_parts_stand_in_order_without_blanks():
    assert bags.split("sci fi| drama||sci fi|", bags.BAR) == ["sci fi", "drama", "sci fi"]
    assert bags.split("red, green;blue", bags.LOOSE) == ["red", "green", "blue"]
    assert bags.split("one, two|three", "") == ["one, two|three"]


def test_codes_are_counted_by_row():
    codes = np.array([[3, 5, 3, 0], [0, 0, 0, 0], [7, 0, 0, 0]])
    found, times = bags.counted(codes)
    assert [dict(zip(f, t, strict=True)) for f, t in zip(found.tolist(), times.tolist(), strict=True)] == [
        {5: 1, 3: 2},
        {0: 0},
        {7: 1, 0: 0},
    ]
    single, one = bags.counted(np.array([[4], [0]]))
    assert single.tolist() == [[4], [0]] and one.tolist() == [[1], [0]]


def test_a_token_stands_once():
    tokens = np.array([[3, 5, 3, 0, 0], [0, 2, 2, 2, 1]])
    assert bags.once(tokens).tolist() == [[3, 5, 0, 0, 0], [0, 2, 0, 0, 1]]
    assert bags.once(tokens[:, :0]).shape == (2, 0)
