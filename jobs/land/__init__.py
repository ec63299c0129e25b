"""Landing: the stages that take in the day, and the door for files that people bring.

``naru land DATASET FILE --ds D`` calls ``deliver``, ``naru import`` calls ``jobs.importers.bring_in``,
``naru evaluate`` reads its labelled file with ``read_rows``, and the stages land_corpus and land_clicks call ``run``.
"""

from jobs.land.delivery import Delivery, LandConfig, deliver
from jobs.land.evaluation import read_rows
from jobs.land.formats import formats_table
from jobs.land.stage import inbox, run

__all__ = ["Delivery", "LandConfig", "deliver", "formats_table", "inbox", "read_rows", "run"]
