"""Generative inverse design of crystal structures: what the workflow's scripts call, one room for each part of the way.

From known prototypes to new, ranked crystals: `prototypes`, `relaxation`, `database`, `representation`, `generators`,
`judging`, `reporting`. What they share lies below them: `config`, `runs`, `crystals`, `networks`; `cli` is above all.
A room imports only from rooms named before it in `tests/project/test_rooms.py`, which holds that order.
"""

__version__ = "1.0.0"
