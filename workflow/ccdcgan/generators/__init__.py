"""What makes new crystal graphs, and what it is compared with: GANs, constraint, objectives, sampling, controls.

`names` says which training or control a file under ``results/`` is of. Imports the rooms before it; `judging` counts
what comes out.
"""
