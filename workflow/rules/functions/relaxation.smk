DATABASE_BATCHES = batches(CONFIG.prototypes.sample, CONFIG.relaxation.batch_size) + SUBSYSTEMS * ["subsystems"]


def batch_slice(wildcards):
    """First and last row of a batch; the references are one batch, whole, and so are the subsystems."""
    if not wildcards.batch.isdecimal():
        return None
    size = CONFIG.relaxation.batch_size
    return [int(wildcards.batch) * size, min((int(wildcards.batch) + 1) * size, CONFIG.prototypes.sample)]
