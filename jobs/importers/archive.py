"""Public data sets come packed: a zip (a Python wheel is one) or a tar is unpacked aside while it is read."""

from __future__ import annotations

import contextlib
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from config.task import BadInput

ZIPS = (".zip", ".whl")
TARS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


@contextlib.contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """The folder that an archive holds (or its only file) while the block runs; any other path as it is.

    Members that would leave the folder are refused. Raises BadInput for a damaged archive.
    """
    name = path.name.lower()
    if not path.is_file() or not name.endswith(ZIPS + TARS):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="naru-import-") as folder:
        try:
            if name.endswith(ZIPS):
                with zipfile.ZipFile(path) as archive:
                    archive.extractall(folder)
            else:
                with tarfile.open(path) as packed:
                    packed.extractall(folder, filter="data")
        except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError) as error:
            raise BadInput(f"{path} is a truncated or damaged archive ({error}); copy it again") from error
        held = [p for p in Path(folder).rglob("*") if p.is_file()]
        yield held[0] if len(held) == 1 else Path(folder)
