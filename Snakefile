# The workflow is workflow/Snakefile; this file lets `snakemake` find it, and its profile, at the root of the checkout.
include: "workflow/Snakefile"


# An included file decides nothing about what is made by default.
workflow.default_target = "all"
