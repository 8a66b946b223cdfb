"""Generative inverse design of crystal structures: what the workflow's scripts call, one room for each part of the way.

From known prototypes to new, ranked crystals: `prototypes`, `relaxation`, `database`, `representation`, `generators`,
`judging`, `reporting`. What they share lies below them: `config`, `runs`, `crystals`, `networks`; `cli` is above all.
A room imports only from rooms named before it in `tests/project/test_rooms.py`, which holds that order.
"""

import os

__version__ = "1.0.0"

# Before anything imports TensorFlow. By itself it takes oneDNN's kernels only on processors with AVX-512-VNNI,
# AVX-VNNI, bfloat16 or AMX; elsewhere a 3D convolution is 20 to 250 times slower (resources/processors.md).
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
