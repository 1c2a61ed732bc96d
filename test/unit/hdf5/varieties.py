#!/usr/bin/env python3
"""Writes varieties.h5 beside itself: types, shapes, links and filters that the reference files do not have."""
from pathlib import Path

import h5py
import numpy as np
from h5py import h5s, h5t

with h5py.File(Path(__file__).with_name("varieties.h5"), "w", userblock_size=512) as file:
    attributes = file.attrs
    attributes["true"] = True
    attributes["booleans"] = np.array([[True, False], [False, True]])
    colours = h5py.enum_dtype({"RED": 1, "GREEN": -2}, basetype="i2")
    attributes.create("enumeration", -2, dtype=colours)
    attributes["half"] = np.float16(0.375)
    attributes["matrix"] = np.arange(6, dtype=">i2").reshape(2, 3)
    attributes["numbers"] = np.array([1.5, -0.0, 1e-7, 1e300])
    attributes["minus infinity"] = -np.inf
    attributes["empty"] = h5py.Empty("f4")
    attributes["no elements"] = np.zeros((0, 4), dtype="i4")
    attributes["é/ü %"] = "Ünïcode \N{GRINNING FACE} \"quoted\"\n"
    attributes["opaque"] = np.void(b"\x00\x01\x02")
    attributes["one complex pair"] = np.array([1 + 2j, -1.5 - 0j])
    point = np.dtype([("x", "<f4"), ("y", "<i8", (3,)), ("name", "S4")])
    attributes["compound"] = np.array((0.1, [1, 2, 3], b"ab"), dtype=point)
    attributes["compounds"] = np.zeros(2, dtype=point)
    attributes.create("texts", np.array([["a", "b"], ["c", "dé"]], dtype=object), dtype=h5py.string_dtype())
    spaces = h5t.C_S1.copy()
    spaces.set_size(6)
    spaces.set_strpad(h5t.STR_SPACEPAD)
    latin = h5py.h5a.create(file.id, b"space-padded latin-1", spaces, h5s.create(h5s.SCALAR))
    latin.write(np.array(b"caf\xe9  ", dtype="S6"), mtype=spaces)

    group = file.create_group("group")
    file.create_dataset("scalar", data=3.5)
    file.create_dataset("null", data=h5py.Empty("<i4"))
    file.create_dataset("booleans", data=np.array([True, False]))
    file.create_dataset("compound", shape=(2,), dtype=point)
    file.create_dataset("complex", shape=(2,), dtype=">c8")
    file.create_dataset("half", shape=(2,), dtype="<f2")
    file.create_dataset("texts", shape=(2,), dtype=h5py.string_dtype())
    file.create_dataset("fixed", shape=(2,), dtype="S5")
    file.create_dataset("opaque", shape=(2,), dtype="V7")
    file.create_dataset("lists", shape=(2,), dtype=h5py.vlen_dtype("i4"))
    file.create_dataset("lzf", shape=(20, 30), dtype="u1", chunks=(5, 7), compression="lzf", shuffle=True)
    group.create_dataset("checksum", shape=(20,), dtype="<i4", chunks=(5,), fletcher32=True, maxshape=(None,))
    group.create_dataset("Größe 100%", shape=(1, 1, 1, 1), dtype="<u8")
