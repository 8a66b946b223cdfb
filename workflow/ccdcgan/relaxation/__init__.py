"""Relaxation of cell and positions by a chosen engine, in batches that lose nothing when they are interrupted."""
