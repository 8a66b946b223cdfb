"""Figures and tables of a run: each function reads the files of earlier stages and writes one picture or page."""
