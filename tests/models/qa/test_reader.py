"""The reader: shapes, masks, decoding, one step, save and load."""

import numpy as np
import pytest

from models.qa.features import ASKED, FORMS, MATCHES
from models.qa.reader import LOW, ReaderConfig, best_span, build
from models.qa.tokens import TAG_COUNT

SMALL = ReaderConfig(width=8, form_dim=4, tag_dim=4, dropout=0.0)
VECTOR, LENGTH, ASKS = 6, 12, 5


def arrays(n: int = 4, length: int = LENGTH, shown: int = LENGTH) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(3)
    made = {}
    for side, size, match in (("p", length, MATCHES), ("q", ASKS, ASKED)):
        made[f"{side}_vector"] = rng.standard_normal((n, size, VECTOR)).astype(np.float32)
        made[f"{side}_match"] = rng.random((n, size, match)).astype(np.float32)
        made[f"{side}_tag"] = rng.integers(1, TAG_COUNT, (n, size)).astype(np.int32)
        made[f"{side}_form"] = rng.integers(1, FORMS, (n, size)).astype(np.int32)
    for name in ("vector", "match", "tag", "form"):
        made[f"p_{name}"][:, shown:] = 0
    return made


def logits(start: dict[int, float], length: int = 6) -> np.ndarray:
    out = np.full(length + 1, -5.0)
    for at, value in start.items():
        out[at] = value
    return out


def test_padding_changes_nothing_and_is_never_chosen() -> None:
    model = build(SMALL, VECTOR, None, ASKS)
    short = {k: v[:, :8] if k.startswith("p_") else v for k, v in arrays(shown=8).items()}
    one, other = model(short), model(arrays(shown=8))
    for name in ("start", "end"):
        assert one[name].shape == (4, 9) and other[name].shape == (4, LENGTH + 1)
        assert np.allclose(one[name], np.asarray(other[name])[:, :9], atol=1e-4)
        assert (np.asarray(other[name])[:, 9:] == LOW).all()


def test_it_learns_a_batch_by_heart_and_survives_saving(tmp_path) -> None:
    import keras

    keras.utils.set_random_seed(1)
    model = build(SMALL, VECTOR, None, ASKS)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.02), loss={"start": loss, "end": loss})
    target = {"start": np.asarray([1, 4, 0, 7]), "end": np.asarray([2, 4, 0, 9])}
    for _ in range(60):
        model.train_on_batch(arrays(), target)
    fixed = build(SMALL, VECTOR, LENGTH, ASKS)
    fixed.set_weights(model.get_weights())
    fixed.save(tmp_path / "reader.keras")
    loaded = keras.saving.load_model(tmp_path / "reader.keras", compile=False)
    out = loaded.predict(arrays(), verbose=0)
    assert out["start"].argmax(axis=1).tolist() == [1, 4, 0, 7]
    assert out["end"].argmax(axis=1).tolist() == [2, 4, 0, 9]


@pytest.mark.parametrize(
    ("start", "end", "length", "longest", "want"),
    [
        ({3: 5}, {4: 5}, 6, 24, (2, 3)),
        ({4: 5, 2: 4}, {3: 5}, 6, 24, (1, 2)),  # an end before the start is no span
        ({1: 5}, {6: 5, 2: 4}, 6, 3, (0, 1)),  # too long
        ({6: 9, 2: 3}, {6: 9, 2: 3}, 4, 24, (1, 1)),  # padding
    ],
)
def test_best_span(start, end, length, longest, want) -> None:
    found = best_span(logits(start), logits(end), length, longest)
    assert found[:2] == want


def test_no_answer_has_its_odds() -> None:
    assert best_span(logits({0: 5, 3: 2}), logits({0: 5, 3: 2}), 6)[3] == pytest.approx(6)
    assert best_span(logits({0: 2, 3: 5}), logits({0: 2, 3: 5}), 6)[3] == pytest.approx(-6)
