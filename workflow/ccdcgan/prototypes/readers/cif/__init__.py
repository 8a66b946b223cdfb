"""CIF: gemmi reads the text, and what it says is checked against what else it says.

One way through: `document` (blocks of a text) -> `block` (values by tag) -> `sites` and `naming` (what it says of atoms
and of symmetry) -> `settling` (which setting agrees with formula, cell and distances) -> `crystal` (all atoms of the
cell). `symmetry` knows the settings of space groups, `values` what single values mean.
"""
