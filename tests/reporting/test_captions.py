from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest
import yaml
from docutils.core import publish_parts

from ccdcgan.generators.names import simple_compositions

ROOT = Path(__file__).parents[2]
CAPTIONS = sorted((ROOT / "workflow/report").glob("*.rst"))
CONFIG = yaml.safe_load((ROOT / "config/config.yaml").read_text())
CONFIG["studies"]["left_out"] = simple_compositions(CONFIG["system"])  # as rules/common.smk does


def render(path: Path, config: dict, model: str) -> str:
    template = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(path.read_text())
    snakemake = SimpleNamespace(config=config, wildcards=SimpleNamespace(model=model, panel="d"))
    # From "info" on, docutils' complaints end the test.
    settings = {"halt_level": 1, "report_level": 5}
    return publish_parts(template.render(snakemake=snakemake), writer="html", settings_overrides=settings)["html_body"]


@pytest.mark.parametrize("path", CAPTIONS, ids=lambda path: path.stem)
@pytest.mark.parametrize("model", ["dcgan", "ccdcgan"])
def test_captions_are_correct_markup_with_the_default_config(path: Path, model: str) -> None:
    text = render(path, CONFIG, model)
    assert "{{" not in text
    assert len(text) > 200


def as_text(value: object) -> object:
    """A section of the config with its numbers as text, as Snakemake reads ``--config section={key: 3}``."""
    if isinstance(value, dict):
        return {key: as_text(inner) for key, inner in value.items()}
    return value if isinstance(value, list | bool | None) else str(value)


@pytest.mark.parametrize("path", CAPTIONS, ids=lambda path: path.stem)
def test_captions_take_numbers_from_the_command_line(path: Path) -> None:
    assert render(path, as_text(CONFIG), "ccdcgan") == render(path, CONFIG, "ccdcgan")


@pytest.mark.parametrize("path", [path for path in CAPTIONS if path.stem != "workflow"], ids=lambda path: path.stem)
def test_captions_name_the_files_of_the_run(path: Path) -> None:
    text = render(path, CONFIG | {"run": "sb-te"}, "ccdcgan")
    assert "results/sb-te/" in text
    assert "bi-se" not in text


def test_the_report_names_the_system() -> None:
    text = render(ROOT / "workflow/report/workflow.rst", CONFIG | {"system": ["Sb", "Te"]}, "")
    assert "Inverse design of Sb–Te crystals" in text


def test_the_report_says_where_the_database_and_the_losses_come_from() -> None:
    path = ROOT / "workflow/report/workflow.rst"
    assert f"Up to {CONFIG['prototypes']['sample']} prototypes" in render(path, CONFIG, "")
    objective = {"property": "density", "weight": 0.5, "goal": "maximise", "table": None}
    text = render(path, CONFIG | {"database": {"prebuilt": "some/folder"}, "objectives": [objective]}, "")
    assert "some/folder" in text
    assert "prototypes (at" not in text
    assert text.count("<li>") == 4
    assert "a network of density (maximise, weight\n0.5). Their layers" in text


def test_learning_curves_say_which_crystals_the_autoencoders_learned_from() -> None:
    for name in ("fig1b", "fig1c"):
        path = ROOT / f"workflow/report/{name}.rst"
        text = {
            folder: render(path, CONFIG | {"autoencoders": CONFIG["autoencoders"] | {"pretrained": folder}}, "")
            for folder in (None, "some/networks")
        }
        assert "10% are held out" in text[None]
        assert "some/networks" in text["some/networks"]
        assert "are held out" not in text["some/networks"]


def test_only_ccdcgan_has_a_third_panel() -> None:
    path = ROOT / "workflow/report/gan.rst"
    assert "(c)" in render(path, CONFIG, "ccdcgan")
    assert "(c)" not in render(path, CONFIG, "dcgan")
