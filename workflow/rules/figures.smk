# One rule for each figure and page of the report; the captions put the paper's number beside ours.
PUBLISHED = "resources/published.json"
JUDGED = expand(rules.hull.output[0], variant=VARIANTS)
VOXEL_LOSS = "squared error / squares of the voxel"


rule fig1a:
    input:
        structures=rules.database.output.structures,
        table=rules.database.output.table,
        voxels=rules.voxels.output.voxels,
        graphs=of_all(rules.graphs.output[0]),
    output:
        in_report("fig1a", "Crystal graphs"),
        f"{RUN}/figures/fig1a.svg",
    log:
        f"{RUN}/logs/figures/fig1a.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("figures/fig1a.py"),
        latents={"lattice": CONFIG.autoencoders.lattice.latent, "sites": CONFIG.autoencoders.sites.latent},
    script:
        "../scripts/figures/fig1a.py"


rule fig1b:
    input:
        history=of_all(rules.lattice_autoencoder.output.history),
    output:
        in_report("fig1b", "Crystal graphs"),
        f"{RUN}/figures/fig1b.svg",
    log:
        f"{RUN}/logs/figures/fig1b.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("figures/learning_curve.py"),
        loss=VOXEL_LOSS,
    script:
        "../scripts/figures/learning_curve.py"


use rule fig1b as fig1c with:
    input:
        history=of_all(rules.sites_autoencoder.output.history),
    output:
        in_report("fig1c", "Crystal graphs"),
        f"{RUN}/figures/fig1c.svg",
    log:
        f"{RUN}/logs/figures/fig1c.log",


rule fig1d:
    input:
        structures=rules.database.output.structures,
        table=rules.database.output.table,
        graphs=of_all(rules.graphs.output[0]),
        published=PUBLISHED,
    output:
        in_report("fig1d", "Crystal graphs"),
        f"{RUN}/figures/fig1d.svg",
    log:
        f"{RUN}/logs/figures/fig1d.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("figures/fig1d.py"),
        system=CONFIG.system,
    script:
        "../scripts/figures/fig1d.py"


rule reconstruction_failures:
    input:
        rules.reconstruction.output.table,
        rules.reconstruction.output.summary,
    output:
        in_report("reconstruction", "Crystal graphs"),
        f"{RUN}/figures/reconstruction.svg",
    log:
        f"{RUN}/logs/figures/reconstruction.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("figures/reconstruction.py"),
    script:
        "../scripts/figures/reconstruction.py"


rule fig2a:
    input:
        graphs=of_all(rules.graphs.output[0]),
        generated=expand(rules.generation.output[0], model="dcgan", batch=GENERATION_BATCHES[0])[0],
    output:
        in_report("fig2a", "Models"),
        f"{RUN}/figures/fig2a.svg",
    log:
        f"{RUN}/logs/figures/fig2a.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("figures/gan_scheme.py"),
        tolerance=CONFIG.screening.tolerance,
    script:
        "../scripts/figures/gan_scheme.py"


rule fig2b:
    input:
        database=rules.database.output.table,
        candidates=expand(rules.hull.output[0], variant=[name for name in VARIANTS if name != "ccdcgan"]),
        known=rules.rediscovery.output[0],
    output:
        in_report("fig2b", "Candidates"),
        f"{RUN}/figures/fig2b.svg",
    log:
        f"{RUN}/logs/figures/fig2b.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("figures/fig2b.py"),
        system=CONFIG.system,
    script:
        "../scripts/figures/fig2b.py"


rule fig2c:
    input:
        graphs=of_all(rules.graphs.output[0]),
        table=rules.database.output.table,
        generated=by_model(rules.generation.output[0]),
    output:
        in_report("fig2c", "Models"),
        f"{RUN}/figures/fig2c.svg",
    log:
        f"{RUN}/logs/figures/fig2c.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("figures/fig2c.py"),
    script:
        "../scripts/figures/fig2c.py"


use rule fig1b as fig2d with:
    input:
        history=of_all(rules.constraint.output.history),
    output:
        in_report("fig2d", "Models"),
        f"{RUN}/figures/fig2d.svg",
    log:
        f"{RUN}/logs/figures/fig2d.log",
    params:
        code=code("figures/learning_curve.py"),
        loss="mean squared error (eV$^2$/atom$^2$)",


use rule fig2a as fig3a with:
    input:
        graphs=of_all(rules.graphs.output[0]),
        generated=expand(rules.generation.output[0], model="ccdcgan", batch=GENERATION_BATCHES[0])[0],
    output:
        in_report("fig3a", "Models"),
        f"{RUN}/figures/fig3a.svg",
    log:
        f"{RUN}/logs/figures/fig3a.log",
    params:
        code=code("figures/gan_scheme.py"),
        weight=CONFIG.gan.weight,


rule fig3b:
    input:
        database=rules.database.output.table,
        candidates=expand(rules.hull.output[0], variant="ccdcgan"),
        structures=expand(rules.candidates.output.structures, model="ccdcgan", batch=GENERATION_BATCHES),
        known=rules.rediscovery.output[0],
    output:
        in_report("fig3b", "Candidates"),
        f"{RUN}/figures/fig3b.svg",
    log:
        f"{RUN}/logs/figures/fig3b.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("figures/fig3b.py"),
        system=CONFIG.system,
        generated=CONFIG.generation.count,
    script:
        "../scripts/figures/fig3b.py"


# The same for a sample of any size: snakemake fig3c --config generation='{count: 100000, models: [ccdcgan]}'.
use rule fig3b as fig3c with:
    output:
        in_report("fig3c", "Candidates"),
        f"{RUN}/figures/fig3c.svg",
    log:
        f"{RUN}/logs/figures/fig3c.log",


rule regenerated:
    input:
        table=rules.leave_out_table.output[0],
        database=rules.database.output.table,
        database_structures=rules.database.output.structures,
        candidates=lambda wildcards: expand(rules.hull.output[0], variant=REGENERATED[wildcards.panel])[0],
        structures=lambda wildcards: by_variant(rules.candidates.output.structures, [REGENERATED[wildcards.panel]]),
    output:
        in_report("fig3{panel}", "Studies"),
        f"{RUN}/figures/fig3{{panel}}.svg",
    log:
        f"{RUN}/logs/figures/fig3{{panel}}.log",
    wildcard_constraints:
        panel="[d-z]",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("figures/regenerated.py"),
        system=CONFIG.system,
    script:
        "../scripts/figures/regenerated.py"


rule omega_figure:
    input:
        rules.omega_table.output,
    output:
        in_report("omega", "Studies"),
        f"{RUN}/figures/omega.svg",
    log:
        f"{RUN}/logs/figures/omega.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("figures/omega.py"),
    script:
        "../scripts/figures/omega.py"


rule figS1:
    input:
        structures=rules.known_phases.output.structures,
        table=rules.rediscovery.output[0],
        published=PUBLISHED,
    output:
        in_report("figS1", "Database"),
        f"{RUN}/figures/figS1.svg",
    log:
        f"{RUN}/logs/figures/figS1.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("figures/figS1.py"),
        max_atoms=CONFIG.prototypes.max_atoms,
        max_length=CONFIG.prototypes.max_length,
    script:
        "../scripts/figures/figS1.py"


rule figS2a:
    input:
        database=rules.database.output.table,
        candidates=JUDGED,
    output:
        in_report("figS2a", "Candidates"),
        f"{RUN}/figures/figS2a.svg",
    log:
        f"{RUN}/logs/figures/figS2a.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("figures/figS2a.py"),
    script:
        "../scripts/figures/figS2a.py"


rule figS2b:
    input:
        candidates=expand(rules.hull.output[0], variant="dcgan")[0],
        structures=expand(rules.candidates.output.structures, model="dcgan", batch=GENERATION_BATCHES),
    output:
        in_report("figS2b", "Candidates"),
        f"{RUN}/figures/figS2b.svg",
    log:
        f"{RUN}/logs/figures/figS2b.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("figures/new_structure.py"),
        system=CONFIG.system,
        rank=1,
    script:
        "../scripts/figures/new_structure.py"


use rule figS2b as figS2c with:
    input:
        candidates=expand(rules.hull.output[0], variant="dcgan")[0],
        structures=expand(rules.candidates.output.structures, model="dcgan", batch=GENERATION_BATCHES),
    output:
        in_report("figS2c", "Candidates"),
        f"{RUN}/figures/figS2c.svg",
    log:
        f"{RUN}/logs/figures/figS2c.log",
    params:
        code=code("figures/new_structure.py"),
        system=CONFIG.system,
        rank=2,


rule figS2d:
    input:
        expand(rules.decoding.output.structures, model="dcgan", batch=GENERATION_BATCHES),
    output:
        in_report("figS2d", "Candidates"),
        f"{RUN}/figures/figS2d.svg",
    log:
        f"{RUN}/logs/figures/figS2d.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("figures/figS2d.py"),
        system=CONFIG.system,
        tolerance=CONFIG.screening.tolerance,
    script:
        "../scripts/figures/figS2d.py"


use rule figS2b as figS2e with:
    input:
        candidates=expand(rules.hull.output[0], variant="dcgan+constraint")[0],
        structures=expand(rules.candidates.output.structures, model="dcgan", batch=GENERATION_BATCHES),
    output:
        in_report("figS2e", "Candidates"),
        f"{RUN}/figures/figS2e.svg",
    log:
        f"{RUN}/logs/figures/figS2e.log",
    params:
        code=code("figures/new_structure.py"),
        system=CONFIG.system,
        rank=1,


use rule figS2b as figS2f with:
    input:
        candidates=expand(rules.hull.output[0], variant="dcgan+constraint")[0],
        structures=expand(rules.candidates.output.structures, model="dcgan", batch=GENERATION_BATCHES),
    output:
        in_report("figS2f", "Candidates"),
        f"{RUN}/figures/figS2f.svg",
    log:
        f"{RUN}/logs/figures/figS2f.log",
    params:
        code=code("figures/new_structure.py"),
        system=CONFIG.system,
        rank=2,


rule figS3a:
    input:
        predictions=of_all(rules.constraint.output.predictions),
        published=PUBLISHED,
    output:
        in_report("figS3a", "Models"),
        f"{RUN}/figures/figS3a.svg",
    log:
        f"{RUN}/logs/figures/figS3a.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("figures/figS3a.py"),
    script:
        "../scripts/figures/figS3a.py"


rule constraint_generated:
    input:
        JUDGED,
    output:
        in_report("constraint_generated", "Models"),
        f"{RUN}/figures/constraint_generated.svg",
    log:
        f"{RUN}/logs/figures/constraint_generated.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("figures/constraint_generated.py"),
    script:
        "../scripts/figures/constraint_generated.py"


rule movie1:
    input:
        graphs=of_all(rules.graphs.output[0]),
        generated=expand(rules.generation.output[0], model="dcgan", batch=GENERATION_BATCHES),
    output:
        in_report("movie1", "Models"),
        f"{RUN}/figures/movie1.gif",
    log:
        f"{RUN}/logs/figures/movie1.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("figures/movie1.py"),
    script:
        "../scripts/figures/movie1.py"


rule gan_curves:
    input:
        history=rules.gan.output.history,
    output:
        in_report("gan_{model}", "Models"),
        f"{RUN}/figures/gan_{{model}}.svg",
    log:
        f"{RUN}/logs/figures/gan_{{model}}.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("figures/gan_curves.py"),
    script:
        "../scripts/figures/gan_curves.py"


rule comparison:
    input:
        funnel=rules.outcome.output.funnel,
        published=PUBLISHED,
    output:
        page=in_report("comparison", "Outcome", "html"),
        table=f"{RUN}/figures/comparison.csv",
    log:
        f"{RUN}/logs/figures/comparison.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("figures/comparison.py"),
    script:
        "../scripts/figures/comparison.py"


rule candidates_page:
    input:
        rules.outcome.output.candidates,
    output:
        in_report("candidates", "Outcome", "html"),
    log:
        f"{RUN}/logs/figures/candidates.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("figures/candidates_page.py"),
        best=CONFIG.report.best,
    script:
        "../scripts/figures/candidates_page.py"


rule interactive_hull:
    input:
        database=rules.database.output.table,
        candidates=JUDGED,
        structures=[
            rules.database.output.structures,
            rules.known_phases.output.structures,
            *by_model(rules.candidates.output.structures),
        ],
        known=rules.rediscovery.output[0],
    output:
        in_report("interactive_hull", "Candidates", "html"),
    log:
        f"{RUN}/logs/figures/interactive_hull.log",
    conda:
        "../../envs/analysis.yaml"
    params:
        code=code("figures/interactive_hull.py"),
        system=CONFIG.system,
    script:
        "../scripts/figures/interactive_hull.py"


ALWAYS = "fig1a fig1b fig1c fig1d fig2c fig2d figS1 figS2a figS3a constraint_generated reconstruction_failures"
FIGURES = [
    getattr(rules, name).output
    for name in [
        *ALWAYS.split(),
        *("comparison", "candidates_page", "interactive_hull", "metrics_page", "metrics_figure"),
        *("fig2a fig2b movie1 figS2b figS2c figS2d figS2e figS2f".split() if "dcgan" in MODELS else []),
        *("fig3a fig3b".split() if "ccdcgan" in MODELS else []),
    ]
] + expand(list(rules.gan_curves.output), model=MODELS)
