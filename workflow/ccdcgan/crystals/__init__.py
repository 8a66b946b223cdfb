"""What a crystal is to us: its file, its id, the reasons for which one is rejected, and when two are the same.

Imports `config` only. Every room from `prototypes` on imports from here.
"""
