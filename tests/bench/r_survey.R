# Rscript r_survey.R forms.csv stages measures: design and means by R's survey package, as JSON on stdout.
suppressMessages(library(survey))
options(survey.lonely.psu = "remove", digits = 17)
arguments <- commandArgs(TRUE)
d <- read.csv(arguments[1], check.names = FALSE)
measures <- head(grep("^headline|^topic", names(d), value = TRUE), as.integer(arguments[3]))

start <- proc.time()[["elapsed"]]
if (arguments[2] == "2") {
  design <- svydesign(ids = ~unit + form, strata = ~stratum + group, weights = ~weight, fpc = ~M_h + inside, data = d)
} else {
  design <- svydesign(ids = ~unit, strata = ~stratum, weights = ~weight, fpc = ~M_h, data = d)
}
figures <- character()
for (domain in c("all", sort(unique(d$group)))) {
  part <- if (domain == "all") design else subset(design, group == domain)
  for (m in measures) {
    mean <- svymean(reformulate(sprintf("`%s`", m)), part, na.rm = TRUE)
    figures <- c(figures, sprintf('"%s %s": [%.17g, %.17g]', domain, m, coef(mean)[[1]], SE(mean)[[1]]))
  }
}
seconds <- proc.time()[["elapsed"]] - start
cat(sprintf('{"seconds": %.3f, "version": "%s", "figures": {%s}}', seconds, packageVersion("survey"),
            paste(figures, collapse = ", ")))
