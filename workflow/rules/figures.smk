# One rule for each figure and page of the report, from a table; the captions put the paper's number beside ours.
include: "functions/figures.smk"


SYSTEM = {"system": CONFIG.system}
TOLERANCE = {"tolerance": CONFIG.screening.tolerance}
DATABASE = {"database": rules.database.output.table}
STRUCTURES = {"structures": rules.database.output.structures}
GRAPHS_OF_DATABASE = {"graphs": of_all(rules.graphs.output[0])}
KNOWN = {"known": rules.rediscovery.output[0]}
PAPER = {"published": PUBLISHED}
CRYSTALS = {**STRUCTURES, **DATABASE, **GRAPHS_OF_DATABASE}
SIZES = {"max_atoms": CONFIG.prototypes.max_atoms, "max_length": CONFIG.prototypes.max_length}
LATENT_SIZES = {name: getattr(CONFIG.autoencoders, name).latent for name in ("lattice", "sites")}
METRICS = {"table": rules.metrics.output.table}
DISCOVERED = {"table": rules.discovery_metrics.output.table}
BEST_OF_CCDCGAN = Figure(
    "figures.hull.hull_with_best",
    "Candidates",
    {**DATABASE, **hulls("ccdcgan"), **relaxed("ccdcgan"), **KNOWN},
    {**SYSTEM, "generated": CONFIG.generation.count},
)
REGENERATED_PAIR = {
    "table": rules.leave_out_table.output[0],
    **DATABASE,
    "database_structures": rules.database.output.structures,
    "candidates": lambda wildcards: expand(rules.hull.output[0], variant=REGENERATED[wildcards.panel])[0],
    "structures": lambda wildcards: by_variant(rules.candidates.output.structures, [REGENERATED[wildcards.panel]]),
}
# fmt: off
FIGURES = {
    "fig1a": Figure("figures.schemes.representation_scheme", "Crystal graphs",
                    {**CRYSTALS, "voxels": rules.voxels.output.voxels}, {"latents": LATENT_SIZES}),
    "fig1b": losses(rules.lattice_autoencoder.output.history),
    "fig1c": losses(rules.sites_autoencoder.output.history),
    "fig1d": Figure("figures.crystals.crystals_and_graphs", "Crystal graphs", {**CRYSTALS, **PAPER}, SYSTEM),
    "reconstruction_failures": Figure("figures.reconstruction.reconstruction", "Crystal graphs",
                                      dict(rules.reconstruction.output.items()), file="reconstruction"),
    "fig2a": Figure("figures.schemes.gan_scheme", "Models",
                    {**GRAPHS_OF_DATABASE, "generated": graphs("dcgan")[0]}, TOLERANCE),
    "fig2b": Figure("figures.hull.hull_scatter", "Candidates",
                    {**DATABASE, **hulls("dcgan", "dcgan+constraint"), **KNOWN}, SYSTEM),
    "fig2c": Figure("figures.latent.latent_space", "Models",
                    {**GRAPHS_OF_DATABASE, **DATABASE, "generated": graphs(MODELS)}),
    "fig2d": losses(rules.constraint.output.history, "mean squared error (eV$^2$/atom$^2$)", "Models"),
    "fig3a": Figure("figures.schemes.gan_scheme", "Models",
                    {**GRAPHS_OF_DATABASE, "generated": graphs("ccdcgan")[0]}, {"weight": CONFIG.gan.weight}),
    "fig3b": BEST_OF_CCDCGAN,
    # The same for a sample of any size: snakemake fig3c --config generation='{count: 100000, models: [ccdcgan]}'.
    "fig3c": BEST_OF_CCDCGAN,
    "regenerated": Figure("figures.found.regenerated", "Studies", REGENERATED_PAIR, SYSTEM, "fig3{panel}"),
    "omega_figure": Figure("figures.omega.omega", "Studies", {"table": rules.omega_table.output[0]}, file="omega"),
    "figS1": Figure("figures.selection.selection", "Database",
                    {"structures": rules.known_phases.output.structures, "table": rules.rediscovery.output[0], **PAPER},
                    SIZES),
    "figS2a": Figure("figures.distributions.distributions", "Candidates", {**DATABASE, **hulls()}),
    "figS2b": best_new(1, "dcgan"),
    "figS2c": best_new(2, "dcgan"),
    "figS2d": Figure("figures.screening.screening", "Candidates",
                     {"structures": expand(rules.decoding.output.structures, model="dcgan", batch=GENERATION_BATCHES)},
                     {**SYSTEM, **TOLERANCE, "variant": "dcgan+constraint"}),
    "figS2e": best_new(1, "dcgan+constraint"),
    "figS2f": best_new(2, "dcgan+constraint"),
    "figS3a": Figure("figures.parity.parity", "Models",
                     {"predictions": of_all(rules.constraint.output.predictions), **PAPER}, SYSTEM),
    "constraint_generated": Figure("figures.parity.generated_parity", "Models", hulls()),
    "movie1": Figure("figures.movie.movie", "Models", {**GRAPHS_OF_DATABASE, "samples": graphs("dcgan")},
                     {"model": "dcgan"}, beside="gif"),
    "gan_curves": Figure("figures.learning.gan_curves", "Models", {"history": rules.gan.output.history},
                         file="gan_{model}"),
    "flow_curves": Figure("figures.learning.learning_curve", "Models", {"history": rules.flow.output.history},
                          {"loss": "squared error of the velocity"}, file="flow_{model}"),
    "metrics_figure": Figure("figures.metrics.metrics_figure", "Outcome", METRICS, file="metrics"),
    "discovery_figure": Figure("figures.metrics.metrics_figure", "Outcome", DISCOVERED, file="discovery"),
    "metrics_page": Figure("pages.metrics.metrics_page", "Outcome", METRICS, file="metrics_table"),
    "discovery_page": Figure("pages.metrics.metrics_page", "Outcome", DISCOVERED, file="discovery_table"),
    "samples_page": Figure("pages.known_phases.samples_page", "Outcome", {"table": rules.samples_table.output[0]},
                           file="samples_table"),
    "comparison": Figure("pages.comparison.compare", "Outcome", {"funnel": rules.outcome.output.funnel, **PAPER}, SYSTEM),
    "candidates_page": Figure("pages.candidates.candidates_page", "Outcome",
                              {"candidates": rules.outcome.output.candidates}, {"best": CONFIG.report.best}, "candidates"),
    "interactive_hull": Figure("pages.interactive_hull.interactive_hull", "Candidates",
                               {**DATABASE, **hulls(), **KNOWN,
                                "structures": [rules.database.output.structures, rules.known_phases.output.structures,
                                               *by_model(rules.candidates.output.structures)]}, SYSTEM),
}
# fmt: on
for name, figure in FIGURES.items():

    rule:
        name:
            name
        input:
            **figure.inputs,
        output:
            drawn(name, figure),
        log:
            f"{RUN}/logs/figures/{figure.file or name}.log",
        conda:
            "../../envs/analysis.yaml"
        params:
            code=code("figure.py", f"ccdcgan.reporting.{figure.draw.rpartition('.')[0]}"),
            draw=figure.draw,
            settings=figure.settings,
        script:
            "../scripts/figure.py"
