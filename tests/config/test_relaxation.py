from ccdcgan.config.loading import parse_config
from tests.config.support import changed


def test_an_engine_sees_no_settings_of_another():
    potential = parse_config(changed(relaxation__vasp__encut=400.0)).relaxation
    assert potential.of_engine() == parse_config(changed()).relaxation.of_engine()
    assert type(potential).model_validate(potential.of_engine().model_dump(mode="json")) == potential.of_engine()
    vasp = parse_config(changed(relaxation__engine="vasp", relaxation__vasp__encut=400.0)).relaxation
    assert vasp.of_engine().vasp == vasp.vasp
