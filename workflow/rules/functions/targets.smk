def outputs(*names):
    """Files of some figures."""
    return [path for name in names for path in getattr(rules, name).output]


# What `all` draws, the run's models permitting.
ALWAYS = "fig1a fig1b fig1c fig1d fig2c fig2d figS2a figS3a constraint_generated reconstruction_failures".split()
ALWAYS += "comparison candidates_page interactive_hull metrics_page metrics_figure".split()
OF_DCGAN = "fig2a fig2b movie1 figS2b figS2c figS2d figS2e figS2f".split()
DRAWN = outputs(
    *ALWAYS,
    *["figS1"] * bool(KNOWN_PHASES),
    *OF_DCGAN * ("dcgan" in MODELS),
    *["fig3a", "fig3b"] * ("ccdcgan" in MODELS),
)
DRAWN += expand(outputs("gan_curves"), model=GANS_OF_RUN)
DRAWN += expand(outputs("flow_curves"), model=FLOWS_OF_RUN)
