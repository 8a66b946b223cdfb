import pytest
from pymatgen.core import SETTINGS

from tests.vasp_std.installation import install


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    """VASP's command, the stand-in of tests/vasp_std, and POTCARs, where a user would have them."""
    with pytest.MonkeyPatch.context() as patch:
        folder = install(patch, tmp_path_factory.mktemp("potcars"), "Bi", "Se")
        patch.setitem(SETTINGS, "PMG_VASP_PSP_DIR", str(folder))
        yield


@pytest.fixture(scope="module")
def relaxation(config, installation):
    """Section relaxation of the config, with VASP as its engine."""
    vasp = config.relaxation.vasp.model_copy(update={"command": "vasp_std"})
    return config.relaxation.model_copy(update={"engine": "vasp", "vasp": vasp})
