"""Where the project's own files lie: beside the workflow that holds this package, wherever a run works."""

from pathlib import Path

__all__ = ["DEFAULT_CONFIG", "RESOURCES", "ROOT"]

ROOT = Path(__file__).parents[3]
"""Folder of the checkout."""
DEFAULT_CONFIG = ROOT / "config/config.yaml"
"""The configuration that is always read first."""
RESOURCES = ROOT / "resources"
"""Ready-made databases, known phases, published numbers."""
