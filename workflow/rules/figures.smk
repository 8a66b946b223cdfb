# One rule for each figure and page of the report; the captions put the paper's number beside ours.
PUBLISHED = "resources/published.json"
JUDGED = expand(rules.hull.output[0], variant=VARIANTS)
VOXEL_LOSS = "squared error / squares of the voxel"


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
    script:
        "../scripts/figures/fig3b.py"


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


FIGURES = [
    *(rules.fig1b.output, rules.fig1c.output, rules.fig1d.output, rules.fig2c.output, rules.fig2d.output),
    *(rules.figS2a.output, rules.figS3a.output, rules.reconstruction_failures.output),
    *(expand(list(rules.gan_curves.output), model=MODELS),),
    *(rules.comparison.output, rules.candidates_page.output, rules.interactive_hull.output),
    *([rules.fig2b.output] if "dcgan" in MODELS else []),
    *([rules.fig3b.output] if "ccdcgan" in MODELS else []),
]
