"""Who may use the seconds of the loop until when."""

import pytest

from models.chatbot.budget import Budget


def ticking(step):
    times = iter(range(0, 10_000, step))
    return lambda: float(next(times))


def test_epochs_end_with_their_share_and_one_is_always_trained():
    assert list(Budget(100.0, ticking(10), 0.0).spend(range(20), 0.5)) == [0, 1, 2, 3, 4, 5]
    assert list(Budget(100.0, ticking(90), -90.0).spend(range(20), 0.5)) == [0]
    assert list(Budget(0.0, ticking(90), 0.0).spend(range(20), 0.5)) == list(range(20))


def test_what_begins_must_also_end_within_the_share():
    assert Budget(100.0, ticking(10), 0.0).left(0.5, 30.0)
    assert not Budget(100.0, ticking(10), 0.0).left(0.5, 50.0)


@pytest.mark.parametrize(
    ("seconds", "least", "most"), [(0.0, 12_000, 12_000), (60.0, 2000, 6000), (900.0, 6000, 12_000)]
)
def test_the_linear_classifier_is_for_corpora_that_it_has_the_time_for(seconds, least, most):
    assert least <= Budget(seconds).ridge_questions(12_000, 1000) <= most


def test_a_cheap_classifier_is_never_left_out():
    assert Budget(30.0).ridge_questions(12_000, 100) >= 1000
