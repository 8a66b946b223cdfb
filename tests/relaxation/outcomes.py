"""What several test modules ask an engine."""

from ccdcgan.relaxation.registry import load_engine


def relaxed(relaxation, folder, *structures, **changes):
    """Outcome of each structure by its id, or that of the only one."""
    engine = load_engine(relaxation.model_copy(update=changes), 1, folder)
    outcomes = dict(engine.relax(structures))
    assert list(outcomes) == [atoms.info["id"] for atoms in structures]
    return outcomes if len(structures) > 1 else outcomes[structures[0].info["id"]]
