"""Generative inverse design of crystal structures: the stages of the workflow as an importable package."""

__version__ = "0.1.0"
