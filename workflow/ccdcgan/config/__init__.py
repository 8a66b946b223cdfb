"""What a user may set: one module for each section, how files are read, what is said of wrong keys.

A module here imports nothing of the package but its neighbours. Everything may import from here, section by section,
so that a change of one section's rules runs again only the stages that use it. `quantities` holds the kinds of numbers
with their ranges; `project` knows where the project's own files lie.
"""
