"""The command ``ccdcgan``: what needs no workflow. `main` finds the command; each command is one module.

Imports any room; nothing imports it.
"""
