"""Ad impressions as features: repeats and machines out, what is known of each ad joined, everything counted."""

from jobs.impressions.settings import ImpressionsConfig
from jobs.impressions.stage import run

__all__ = ["ImpressionsConfig", "run"]
