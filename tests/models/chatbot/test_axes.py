"""The automatic score without labels."""

import numpy as np
from scipy import sparse

from models.chatbot import axes
from models.chatbot.features import read


def test_the_right_scenario_gains_most():
    known = read(["lost my parcel", "parcel never came", "change my password", "password is wrong"], "words")
    asked, answers = read(["my parcel is lost", "new password"], "words"), read(["We look.", "Click here."], "words")
    near = np.array([[0.9, 0.1], [0.1, 0.9]], np.float32)
    spaces = axes.build_spaces(asked, known, answers, np.array([0, 2]), near)
    assert set(spaces) == set(axes.AXES)
    for space in spaces.values():
        right, wrong = (space.gain(np.arange(2), np.array(picked)) for picked in ([0, 1], [1, 0]))
        assert (right > wrong).all()


def test_sixty_different_configurations_follow_the_seed():
    found = axes.configurations(3)
    assert len(found) == axes.CONFIGURATIONS >= 50
    assert found == axes.configurations(3) != axes.configurations(4)


def test_rank_correlation():
    judged = [axes.Judged({}, {}, score, truth) for score, truth in ((0.1, 0.2), (0.5, 0.4), (0.9, 0.8))]
    assert axes.spearman(judged) == 1.0
    assert axes.spearman(judged[:1] * 3) == 0.0


def test_the_plot_says_whether_it_is_trusted(tmp_path):
    judged = [axes.Judged({}, {}, i / 10, i / 10) for i in range(5)]
    assert axes.draw(tmp_path, judged, 1.0, 0.8) == "figures/evaluator.svg"
    assert (tmp_path / "figures" / "evaluator.svg").read_text().startswith("<?xml")


def test_centres_are_means():
    rows = sparse.csr_matrix(np.array([[1.0, 0], [0, 1], [2, 2]]))
    assert axes.centre(rows, np.array([0, 2])).toarray().tolist() == [[0.5, 0.5], [2, 2]]
