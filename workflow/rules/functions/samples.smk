SAMPLE_BATCHES = batches(max(CONFIG.studies.samples), CONFIG.studies.samples_batch_size)


def sample_numbers(wildcards):
    """First number and count of the graphs of a batch of many."""
    start = int(wildcards.batch) * CONFIG.studies.samples_batch_size
    return [start, min(CONFIG.studies.samples_batch_size, max(CONFIG.studies.samples) - start)]
