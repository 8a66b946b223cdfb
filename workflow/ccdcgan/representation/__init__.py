"""From crystals to 2D crystal graphs and back: voxels, autoencoders, and what survives the way.

`encoding` and `decoding` are the two directions, `reconstruction` goes both. Imports the rooms before it; `generators`
learn from its graphs.
"""
