"""The target `discovery`: every seed of every model, and the controls, through the same stages."""

from tests.workflow.running import checkout, smallest
from tests.workflow.test_further_trainings import jobs


def test_controls_and_seeds_share_all_stages(tmp_path):
    planned = jobs(smallest(checkout(tmp_path), "--dry-run", "discovery"))
    assert planned["random"] == planned["substitution"] == planned["latents"] == planned["substitution_cells"] == 1
    # Two GANs, of which one is screened as well, and the flow with three seeds each; and three controls.
    assert planned["candidates"] == 3 * 3 + 3
    assert planned["evaluation"] == planned["hull"] == 4 * 3 + 3
    assert planned["decoding"] == planned["memorisation"] == 3 * 3 + 1
    assert planned["gan"] == 2 * 3
    assert planned["flow"] == planned["flow_generation"] == 3
    assert planned["variants"] == 1


def test_the_best_of_many_graphs_are_models_of_their_own(tmp_path):
    planned = jobs(smallest(checkout(tmp_path), "--dry-run", "discovery", "--config", "studies={best_of: [5, 10]}"))
    assert planned["gan"] == 2 * 3
    assert planned["flow"] == 3
    assert planned["generation"] == 3 * 2 * 3
    assert planned["flow_generation"] == 3 * 3
    assert planned["latents"] == 3
    assert planned["decoding"] == 3 * 3 * 3 + 3
    assert planned["evaluation"] == 4 * 3 + 2 * 3 * 3 + 3 + 2


def test_noisy_graphs_can_be_drawn_as_the_gans_draw_them(tmp_path):
    changes = ["gan={temperature: 0.05}", "controls={names: [latents, weighted_latents]}"]
    planned = jobs(smallest(checkout(tmp_path), "--dry-run", "discovery", "--config", *changes))
    assert planned["latents"] == 2
    assert planned["decoding"] == planned["candidates"] == 3 * 3 + 2


def test_a_ready_made_database_has_controls_as_well(tmp_path):
    prebuilt = "database={prebuilt: resources/databases/bi-se}"
    planned = jobs(smallest(checkout(tmp_path), "--dry-run", "discovery", "--config", prebuilt))
    assert "prototypes" not in planned
    assert planned["substitution_cells"] == 1
