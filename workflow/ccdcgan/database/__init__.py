"""From relaxed structures to the database: references, formation energies, hull, known phases, ready-made ones.

Imports the rooms before it, `prototypes` and `relaxation` among them. What is learnt, judged or drawn starts from
here.
"""
