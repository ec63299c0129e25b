"""A Keras network as a file whose bytes depend on the network alone: ``save_network(network, path)``.

Keras writes the hour, addresses in memory and names that count what was made before in the process into its files.
Here the hour is a fixed one, addresses become 1, 2, 3 in order, and names that Keras gave are counted within the
network. ``keras.saving.load_model`` reads the file as any other.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from itertools import chain, count
from pathlib import Path
from typing import Any

SAVED = "1980-01-01@00:00:00"


def save_network(network: Any, path: Path) -> None:
    """Save a network as ``path`` (``*.keras``), with equal bytes for equal networks."""
    network.save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name), steady(name, data))


def steady(name: str, data: bytes) -> bytes:
    """One part of a Keras file without what differs from run to run."""
    if name == "metadata.json":
        return json.dumps({**json.loads(data), "date_saved": SAVED}, sort_keys=True).encode()
    if name == "config.json":
        return json.dumps(renumbered(json.loads(data))).encode()
    return rewritten(data) if name.endswith(".h5") else data


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """All objects in a JSON value, an outer one before those in it."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(inner)


def renumbered(config: dict[str, Any]) -> dict[str, Any]:
    """A network's config with ids and given names counted from the first on; keys keep their order.

    An id that stands once says nothing and is left out, as are those of types of numbers: whether layers share such an
    object depends on the process, and is no matter.
    """
    names, ids = counted(config), shared(config)
    for found in objects(config):
        if (address := found.pop("shared_object_id", None)) in ids:
            found["shared_object_id"] = ids[address]
        if isinstance(found.get("name"), str):
            found["name"] = names.get(found["name"], found["name"])
        for key in ("keras_history", "input_layers", "output_layers"):
            if key in found:
                found[key] = pointed(found[key], names)
    return config


def shared(config: dict[str, Any]) -> dict[int, int]:
    """Address -> new id of what stands in several places but types of numbers, in order of appearance."""
    told = Counter(
        found["shared_object_id"]
        for found in objects(config)
        if "shared_object_id" in found and found["class_name"] != "DTypePolicy"
    )
    return {address: place for place, address in enumerate((a for a, times in told.items() if times > 1), 1)}


def counted(config: dict[str, Any]) -> dict[str, str]:
    """Given name -> new name: dense, dense_1 and so on in order of appearance, past names that were chosen.

    Inputs of the whole network keep their names, since calls go by them.
    """
    layers = config["config"].get("layers", ())
    outer = {layer["config"]["name"] for layer in layers if layer["class_name"] == "InputLayer"}
    names = dict.fromkeys((name for name in map(given, objects(config)) if name and name not in outer), "")
    taken = {found["name"] for found in objects(config) if isinstance(found.get("name"), str)} - set(names)
    for name in names:
        base = re.sub(r"_\d+$", "", name)
        free = (told for told in chain([base], (f"{base}_{n}" for n in count(1))) if told not in taken)
        names[name] = next(free)
        taken.add(names[name])
    return names


def given(found: dict[str, Any]) -> str:
    """The name that Keras gave a layer or a network: that of its class, and a number; "" where it was chosen."""
    kind, config = found.get("class_name"), found.get("config")
    name = config.get("name") if isinstance(config, dict) else None
    if not isinstance(kind, str) or not isinstance(name, str):
        return ""
    return name if re.sub(r"_\d+$", "", name).replace("_", "") == kind.lower().replace("_", "") else ""


def pointed(value: Any, names: dict[str, str]) -> Any:
    """Pointers to layers, ``[name, node, tensor]`` in whatever nesting, by the new names."""
    if isinstance(value, dict):
        return {key: pointed(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [names.get(v, v) if isinstance(v, str) else pointed(v, names) for v in value]
    return value


def rewritten(data: bytes) -> bytes:
    """Weights (HDF5) written anew in order of their paths, without the names of layers, which nothing reads."""
    import h5py

    out = io.BytesIO()
    with h5py.File(io.BytesIO(data), "r") as old, h5py.File(out, "w") as new:

        def copy(path: str, item: Any) -> None:
            group = isinstance(item, h5py.Group)
            made = new.create_group(path) if group else new.create_dataset(path, data=item[()], track_times=False)
            for key in sorted(set(item.attrs) - {"name"}):
                made.attrs[key] = item.attrs[key]

        old.visititems(copy)
    return out.getvalue()
