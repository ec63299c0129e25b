"""What the chatbot's section refuses, and how it says so."""

import math

import pytest

from config.settings import SettingsError, build
from models.chatbot.config import RANGES, ChatbotConfig


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("towers", 0, r"\[chatbot\] towers = 0: expected 1 or more"),
        ("dim", 1, r"dim = 1: expected 2 or more"),
        ("seconds", -1.0, r"seconds = -1.0: expected 0 or more"),
        ("noise", 1.5, r"noise = 1.5: expected a share from 0 to 1"),
        ("precision", 1.0, r"precision = 1.0: expected a share above 0 and below 1"),
        ("temperature", 0.0, r"temperature = 0.0: expected a number above 0"),
        ("learning_rate", math.nan, "learning_rate = nan"),
        ("reads", "all", r"reads = 'all': expected one of everything, morphology, words and spelling, spelling"),
        ("context", "lstm", r"context = 'lstm': expected one of convolution, attention, recurrent"),
    ],
)
def test_a_value_without_sense_is_refused_by_name(name, value, told):
    with pytest.raises(SettingsError, match=told):
        build(ChatbotConfig, {name: value}, "chatbot")


def test_every_number_has_a_range():
    ranged = {name for names, *_ in RANGES for name in names}
    assert ranged | {"context", "reads", "pretrained", "fallback"} == set(ChatbotConfig.__dataclass_fields__)
