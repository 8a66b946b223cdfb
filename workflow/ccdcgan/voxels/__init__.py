"""Crystals as voxels and back: the imaging rule, both voxels with their inverses, and the file that holds them."""
