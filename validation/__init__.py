"""Gates of every dataset."""

import logging

# Great Expectations tells of its own registrations at INFO on import; that is not for operators.
logging.getLogger("great_expectations").setLevel(logging.ERROR)
