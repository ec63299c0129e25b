"""The vectors that come with Kiwi: read as Kiwi itself reads them, refused where the file is another."""

import numpy as np
import pytest

from language.morphemes import kiwi
from models import pretrained


@pytest.fixture(scope="module")
def table() -> np.ndarray:
    return pretrained.decode(pretrained.model_file())


def test_cosines_are_those_of_kiwi(table: np.ndarray) -> None:
    analyser, rng = kiwi(), np.random.default_rng(1)
    one, other = rng.integers(100, 60_000, (2, 60))
    ours = [
        table[i] @ table[j] / np.linalg.norm(table[i]) / np.linalg.norm(table[j])
        for i, j in zip(one, other, strict=True)
    ]
    theirs = [
        analyser.morpheme_similarity(analyser.morpheme(int(i)), analyser.morpheme(int(j)))
        for i, j in zip(one, other, strict=True)
    ]
    assert np.corrcoef(ours, theirs)[0, 1] > 0.999


def test_reduced_axes_keep_the_neighbours(table: np.ndarray) -> None:
    small = pretrained.reduce(table[1000:3000], 16).astype(np.float32)
    assert small.shape == (2000, 16)
    assert np.mean(small**2) == pytest.approx(1, abs=0.01)
    assert np.array_equal(small, pretrained.reduce(table[1000:3000], 16).astype(np.float32))


@pytest.mark.parametrize("content", [b"", b"\x00" * 100, b"\xff" * 4096])
def test_another_layout_is_refused_and_falls_back(content, tmp_path, caplog) -> None:
    path = tmp_path / "cong.mdl"
    path.write_bytes(content)
    with pytest.raises(pretrained.LayoutError, match=r"cong\.mdl"):
        pretrained.decode(path)
    vectors = pretrained.korean_vectors(8, path)
    assert vectors.keys == [] and vectors.matrix.shape == (0, 8)
    assert "no pretrained vectors" in caplog.text
