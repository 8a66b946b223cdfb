"""Autoencoders that learned before: what a folder of them holds, how one is made, and what it brings back.

A sites voxel shows the atoms of one element, whatever the element: a network that saw crystals of many chemistries
serves others. `contents` is light, as the Snakefile imports it; the others import the rest of this room.
"""
