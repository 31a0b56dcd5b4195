# Writes designs.csv (forms of an invented county) and designs.json (what R's survey package makes of them).
# Run in this folder: Rscript designs.R
suppressMessages(library(survey))
library(jsonlite)
options(survey.lonely.psu = "remove")
set.seed(20240911)

# One stratum of classes: m of M classes, n_c of N_c persons each, drawn with unequal weights inside classes.
classes <- function(group, place, M, m, locale, township, sizes) {
  do.call(rbind, lapply(seq_len(m), function(c) {
    N <- sizes[(c - 1) %% length(sizes) + 1]
    n <- if (c == 2) N else max(2, rbinom(1, N, .4))
    data.frame(group, stratum = paste0(group, "/", place), psu = paste0("c", c), M, N, locale, township,
               weight = M / m * N / n * ifelse(runif(n) < .3, 1.5, 1), person = seq_len(n))
  }))
}

# One stratum of persons: n of N.
persons <- function(group, place, N, n, locale, township) {
  data.frame(group, stratum = paste0(group, "/", place), psu = "", M = N, N = NA, locale, township,
             weight = N / n * ifelse(runif(n) < .3, 1.3, 1), person = seq_len(n))
}

d <- rbind(
  classes("student", "a", 9, 4, "city", "T1", c(12, 9, 14)),
  classes("student", "b", 3, 3, "town", "T2", c(11, 8)),
  classes("student", "c", 5, 1, "town", "T1", 13),
  classes("parent", "a", 9, 4, "city", "T1", c(12, 9, 14)),
  classes("parent", "b", 6, 2, "village", "T3", c(10, 7)),
  classes("parent", "c", 7, 1, "village", "T2", 9),
  persons("teacher", "a", 40, 12, "city", "T1"),
  persons("teacher", "b", 8, 8, "village", "T3"),
  persons("public", "county", 5000, 25, "town", "T2")
)
k <- nrow(d)
d$stage <- ifelse(runif(k) < .55, "primary", "junior")
d$locale[runif(k) < .1] <- "village"
effect <- ave(rnorm(k, 0, .4), d$stratum, d$psu, FUN = function(x) x[1])
blank <- function(y, share) ifelse(runif(k) < share, NA, y)
d$satisfied <- blank(as.numeric(plogis(1.3 + effect) > runif(k)), .12)
d$rare <- blank(as.numeric(runif(k) < .96), .3)
d$score <- blank(pmin(1, pmax(.2, round(5 * (.75 + .1 * effect + rnorm(k, 0, .2))) / 5)), .05)
write.csv(d, "designs.csv", row.names = FALSE, na = "")

# R's keys: a person-sampled form is its own PSU, whole inside itself.
alone <- d$psu == ""
d$unit <- paste(d$stratum, ifelse(alone, d$person, d$psu))
d$form <- paste(d$unit, d$person)
d$inside <- ifelse(alone, 1, d$N)
measures <- c("satisfied", "rare", "score")

rows <- function(name, design, domains = c("all", unique(d$group)), deff = TRUE) {
  do.call(rbind, lapply(domains, function(domain) {
    part <- if (domain == "all") design else subset(design, group == domain)
    do.call(rbind, lapply(measures, function(m) {
      mean <- svymean(reformulate(m), part, na.rm = TRUE, deff = deff)
      data.frame(design = name, domain, measure = m, estimate = coef(mean)[[1]], se = SE(mean)[[1]],
                 deff = if (deff) deff(mean)[[1]] else NA, df = degf(part))
    }))
  }))
}

one_stage <- svydesign(ids = ~unit, strata = ~stratum, weights = ~weight, fpc = ~M, data = d)
endless <- svydesign(ids = ~unit, strata = ~stratum, weights = ~weight, data = d)
two_stage <- svydesign(ids = ~unit + form, strata = ~stratum, weights = ~weight, fpc = ~M + inside, data = d)

# Population totals of the margins, with one sum.
near <- function(x, by) { t <- tapply(x, by, sum); t * (1 + seq(-.15, .2, length.out = length(t))) }
locale <- near(d$weight, d$locale)
stage <- near(d$weight, d$stage); stage <- stage * sum(locale) / sum(stage)
raked <- function(design) {
  mm <- model.matrix(~ locale + stage, d)
  totals <- c("(Intercept)" = sum(locale), localetown = locale[["town"]], localevillage = locale[["village"]],
              stageprimary = stage[["primary"]])
  calibrate(design, ~ locale + stage, totals[colnames(mm)], calfun = "raking", epsilon = 1e-13, maxit = 500)
}
post <- function(design) postStratify(design, ~locale, data.frame(locale = names(locale), Freq = as.vector(locale)))

# A selected class from which no form came: a PSU whose answers are all missing.
silent <- rbind(d, transform(d[d$stratum == "parent/b", ][1, ], psu = "c3", unit = "parent/b c3",
                             form = "parent/b c3 1", satisfied = NA, rare = NA, score = NA))
with_silent <- svydesign(ids = ~unit, strata = ~stratum, weights = ~weight, fpc = ~M, data = silent)

# Lonely strata joined by hand: student/c with student/a (township T1), parent/c with parent/b (locale village).
join <- d
joined <- c("student/c" = "student/a", "parent/c" = "parent/b")
join$stratum <- ifelse(d$stratum %in% names(joined), joined[d$stratum], d$stratum)
join$M <- ave(d$M, join$stratum, FUN = function(x) sum(unique(x)))
merged <- svydesign(ids = ~unit + form, strata = ~stratum, weights = ~weight, fpc = ~M + inside, data = join)

results <- rbind(
  rows("one_stage", one_stage), rows("endless", endless), rows("two_stage", two_stage),
  rows("raked", raked(one_stage), deff = FALSE), rows("raked_two_stage", raked(two_stage), deff = FALSE),
  rows("post_stratified", post(two_stage), deff = FALSE),
  rows("silent_class", with_silent, deff = FALSE), rows("merged", merged)
)
limits <- do.call(rbind, lapply(c("beta", "xlogit"), function(method) {
  do.call(rbind, lapply(c(.95, .9), function(level) {
    ci <- confint(svyciprop(~satisfied, subset(two_stage, group == "parent"), method = method, level = level,
                            na.rm = TRUE))
    data.frame(domain = "parent", measure = "satisfied", method, level, lower = ci[[1]], upper = ci[[2]])
  }))
}))
write(toJSON(list(
  made_with = paste(R.version.string, "survey", packageVersion("survey")),
  margins = list(locale = as.list(locale), stage = as.list(stage)),
  results = results, limits = limits
), digits = I(15), auto_unbox = TRUE, pretty = TRUE), "designs.json")
