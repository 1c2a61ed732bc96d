#!/usr/bin/env python3
"""What h5py says of the reference files, and of varieties.h5: writes expected.json beside itself.

    python expected.py ../../../../shared/reference/hdf5 && npx biome format --write expected.json
"""
import json
import re
import sys
from pathlib import Path

import h5py
import numpy as np


def plain(value, dtype):
    """A value as JSON has it, or None where it means nothing outside its file."""
    if h5py.check_ref_dtype(dtype) is not None:
        return None
    base = h5py.check_vlen_dtype(dtype)
    if isinstance(base, np.dtype):
        if h5py.check_ref_dtype(base) is not None:
            return None
        # h5py 3 hands sequences of the other byte order over as they are in the file
        return [plain(part.view(part.dtype.newbyteorder(">")) if swapped(base, part) else part, base) for part in np.ravel(value)]
    if isinstance(value, (h5py.Empty, np.void)) and dtype.names is None:
        return None
    if dtype.names is not None and np.ndim(value) == 0:
        members = {name: plain(value[name], dtype[name]) for name in dtype.names}
        return None if None in members.values() else members
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return value.decode("latin-1").rstrip(" ")  # NumPy keeps the padding
    if isinstance(value, (str, bool)):
        return value
    if isinstance(value, np.ndarray):
        parts = [plain(part, dtype) for part in value]
        return None if None in parts else parts
    if isinstance(value, (complex, np.complexfloating)):
        return f"({value.real:g}{value.imag:+g}j)"
    if isinstance(value, np.generic):
        if isinstance(value, np.floating):
            return float(str(value)) if np.isfinite(value) else str(value).upper()
        return plain(value.item(), dtype) if isinstance(value, np.bytes_) else value.item()
    raise TypeError(f"{value!r} of {dtype}")


def swapped(base, part):
    return base.byteorder == ">" and part.dtype.byteorder != ">"


def attributes(item):
    found = {}
    for name in item.attrs:
        dtype = item.attrs.get_id(name).dtype
        value = plain(item.attrs[name], dtype)
        while isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, int) and abs(value) > 2**53:
            value = str(value)  # JSON's readers would round it
        found[name] = {"type": dtype.str} | ({} if value is None else {"value": value})
    return found


def type_name(dtype):
    if dtype.names is None:
        return dtype.str
    # without the encodings that h5py notes beside its string types
    return re.sub(r"\(('\|S\d+'), {.*?}\)", r"\1", str(dtype.descr))


def describe(item):
    described = {"attributes": attributes(item)}
    if isinstance(item, h5py.Dataset):
        described |= {
            "shape": None if item.shape is None else list(item.shape),
            "type": type_name(item.dtype),
            "chunks": list(item.chunks) if item.chunks else None,
            "compression": item.compression,
        }
    return described


def main(folder):
    files = {}
    for path in [*sorted(Path(folder).iterdir()), Path(__file__).with_name("varieties.h5")]:
        if path.suffix not in (".hdf5", ".nc", ".h5"):
            continue
        with h5py.File(path) as file:
            objects = {"/": describe(file)}
            file.visititems(lambda name, item: objects.update({f"/{name}": describe(item)}))
            files[path.name] = objects
    text = json.dumps(files, indent=1, ensure_ascii=False, sort_keys=True, allow_nan=False)
    Path(__file__).with_name("expected.json").write_text(text + "\n")


main(sys.argv[1])
