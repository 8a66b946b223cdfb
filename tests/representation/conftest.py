from pathlib import Path

import pytest

from ccdcgan.representation.voxels.storage import voxelize
from tests.conftest import bi2se3, caesium_chloride, rocksalt


@pytest.fixture
def three_crystals(config, tmp_path) -> Path:
    """Their voxels: bi2se3, rocksalt and cscl."""
    path = tmp_path / "voxels.h5"
    assert voxelize([bi2se3(), rocksalt(), caesium_chloride()], config.system, config.voxels, path).empty
    return path
