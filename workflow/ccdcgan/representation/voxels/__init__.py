"""Crystals as voxels and back: the imaging rule, both voxels with their inverses, and the file that holds them.

`crystal` reads a whole crystal from drawn voxels. No network is needed here.
"""
