"""Cells of the system's elements from known prototypes: substituted, rescaled, bounded, distinct, in a sample's order.

`entry` says what a source hands on; `sources` holds one module for each source, `readers` the file formats. Imports
`config` and `crystals`; relaxed by `relaxation`, and drawn from by the controls in `generators`.
"""
