"""From bytes to cells: the file formats, and the process in which foreign parsers run.

One way through: `content` (bytes to text) and `archives` (their members) -> `pieces` (which format it is) -> one module
for each format (text to parts, a part to a crystal, in the words of `parts`) -> `checked` (a crystal to a cell, one
rule of periodicity) -> `reading` (all of it for every file, in a process that may die). Used by `prototypes.sources`
and `cli.evaluate`.
"""
