"""What the encoder is trained on: batches, and questions that nobody asks."""

import numpy as np

from models.chatbot import fit
from models.chatbot.corpus import gather
from models.chatbot.encoder import INPUTS


def pairs_of(scenarios):
    import pyarrow as pa

    rows = [(f"질문 {name} {i}", f"답 {name}") for name, many in scenarios for i in range(many)]
    none = pa.nulls(len(rows), pa.string())
    table = pa.table({"question": [q for q, _ in rows], "answer": [a for _, a in rows], "scenario_id": none})
    return gather(table)[0]


def test_a_mixed_question_begins_as_one_and_ends_as_another():
    rng = np.random.default_rng(1)
    long = rng.integers(2, 9, 40)
    place = np.arange(10)
    # Token t of question q is 100 q + t + 1, in every input.
    ids = np.where(place < long[:, None], 100 * np.arange(40)[:, None] + place + 1, 0).astype(np.int32)
    inputs = dict.fromkeys(INPUTS, ids)
    one, other = rng.permutation(40), rng.permutation(40)
    found = fit.mixed(inputs, one, other, rng)
    for name in INPUTS[:4]:
        for row, (a, b) in zip(found[name], zip(one, other, strict=True), strict=True):
            own = row[row > 0]
            head = int((own // 100 == a).sum()) if a != b else 0
            assert head <= 0.7 * long[a]
            assert own[:head].tolist() == ids[a, :head].tolist()
            if a != b:
                tail = len(own) - head
                assert own[head:].tolist() == ids[b, long[b] - tail : long[b]].tolist()
                assert tail >= 0.3 * long[b] - 1 or len(own) == 10
    pieces = found["pieces"]
    assert ((pieces == ids[one]) | (pieces == ids[other])).all()
    assert found["pieces"].dtype == found["morphemes"].dtype == np.int32


def test_most_questions_have_company_or_have_not():
    assert fit.in_company(pairs_of([("a", 3), ("b", 2), ("c", 1)]))
    assert not fit.in_company(pairs_of([("a", 2), ("b", 1), ("c", 1), ("d", 1)]))
