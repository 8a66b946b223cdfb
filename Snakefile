# Generative inverse design of crystals: from prototypes to relaxed, ranked new structures.
from snakemake.utils import min_version

min_version("9.0")


configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


# For --sdm apptainer; built from envs/ccdcgan.def.
container: "envs/ccdcgan.sif"


include: "workflow/rules/common.smk"
include: "workflow/rules/prototypes.smk"
include: "workflow/rules/relaxation.smk"
include: "workflow/rules/prebuilt.smk"
include: "workflow/rules/database.smk"
include: "workflow/rules/voxels.smk"
include: "workflow/rules/autoencoders.smk"
include: "workflow/rules/graphs.smk"
include: "workflow/rules/constraint.smk"
include: "workflow/rules/gan.smk"
include: "workflow/rules/generation.smk"
include: "workflow/rules/controls.smk"
include: "workflow/rules/decoding.smk"
include: "workflow/rules/candidates.smk"
include: "workflow/rules/matching.smk"
include: "workflow/rules/hull.smk"
include: "workflow/rules/known_phases.smk"
include: "workflow/rules/outcome.smk"
include: "workflow/rules/studies.smk"
include: "workflow/rules/samples.smk"
include: "workflow/rules/metrics.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/manifest.smk"


localrules:
    all,
    discovery,
    leave_out,
    omega,
    samples,


rule all:
    input:
        f"{RUN}/manifest.json",
        # So that a file that was deleted is made again, whatever was made of it.
        rules.manifest.input,
