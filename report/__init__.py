"""The report of a day: one self-contained HTML file, written from the journal and the manifests of the lake."""

from report.page import write

__all__ = ["write"]
