from ccdcgan.config.prototypes import subsystems

# Compounds of some of the elements, which compete on the hull, are a batch of their own.
SUBSYSTEMS = bool(CONFIG.prototypes.subsystems and subsystems(CONFIG.system))


def source_files():
    """The user's own structure files, where prototypes come from such."""
    if "files" not in CONFIG.prototypes.sources or PREBUILT:
        return []
    from ccdcgan.prototypes.sources.files import find_files  # heavy, and seldom needed

    try:
        found = find_files(CONFIG.prototypes.files.paths)
    except ValueError as error:
        raise WorkflowError(str(error))
    files = [str(path) for _, path, problem in found if problem is None and path.is_file()]
    return [name for name in files if not {*"{}"} & {*name}]  # which Snakemake would take for a pattern
