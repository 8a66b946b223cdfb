def recorded_config():
    """The configuration as the manifest holds it: complete enough to be read again, controls included."""
    prototypes = SOURCES.of_sources(*CONFIG.controls.needed)
    return CONFIG.model_copy(update={"prototypes": prototypes}).model_dump(mode="json")
