# 用 R 的 survey 程序包，由本证据包的统计单元（cells.csv）重新计算公布的每一个比率及其标准误。
# 用法：解压后在所在目录运行 Rscript recompute.R。结果写入 recomputed.csv；全部一致时退出码为0，否则为1。
#
# A cell holds n answers with sum `total` and sum of squares `total_sq`. Estimates and variances depend on the
# answers of a cell through these sums alone, so any n answers with the same sums will do: they are made up
# here (`answers`) and given to svydesign and svymean as the forms of a stratified two-stage sample.
invisible(suppressWarnings(Sys.setlocale("LC_ALL", "C.UTF-8")))
suppressMessages(library(survey))
options(survey.lonely.psu = "adjust")
TOLERANCE <- 1e-8
WORDS <- c("measure", "group", "shown", "stratum", "psu", "place", "flagged", "township", "locale", "stage",
           "counted_in", "category", "member", "level", "scope", "choice", "domain", "state")

read <- function(file) {
  columns <- names(read.csv(file, nrows = 1, encoding = "UTF-8", check.names = FALSE))
  classes <- setNames(ifelse(columns %in% WORDS, "character", "numeric"), columns)
  read.csv(file, colClasses = classes, na.strings = "", encoding = "UTF-8", check.names = FALSE)
}
text <- function(x) ifelse(is.na(x), "", x)

cells <- read("cells.csv")
labels <- read("labels.csv")
cells$shown <- labels$shown[match(cells$group, labels$group)]
cells <- cells[text(cells$shown) != "", ]
cells$psu <- text(cells$psu)
# The rows of a cell, one for each value of a form, added up.
cells$flagged <- text(cells$flagged)
id <- paste(cells$measure, cells$group, cells$stratum, cells$psu, cells$place, cells$flagged, sep = "\r")
first <- !duplicated(id)
whole <- rowsum(cells[c("n_forms", "n", "total", "total_sq")], id, reorder = FALSE)
cells <- cells[first, ]
cells[names(whole)] <- whole
# Groups that are shown together keep the rule's weights among themselves, in each measure whoever answered it.
rule <- labels$rule[match(cells$group, labels$group)]
people <- ave(ifelse(cells$n > 0, cells$weight * cells$n, 0), cells$measure, cells$group, FUN = sum)
lead <- !duplicated(cells[c("measure", "group")]) & people > 0
several <- ave(as.numeric(factor(cells$group)), cells$shown, FUN = function(g) length(unique(g))) > 1
N <- ave(ifelse(lead, people, 0), cells$measure, cells$shown, FUN = sum)
W <- ave(ifelse(lead, rule, 0), cells$measure, cells$shown, FUN = sum)
shared <- several & people > 0
cells$weight[shared] <- (cells$weight * rule / W * N / people)[shared]
strata <- read("strata.csv")
rates <- read("published.csv")
weights <- read("weights.csv")

# n_forms answers: n with the cell's mean and sum of squares, the others missing.
answers <- function(n_forms, n, total, total_sq) {
  if (n == 0) return(rep(NA_real_, max(n_forms, 1)))
  mean <- total / n
  pairs <- n %/% 2
  apart <- if (pairs > 0) sqrt(max(total_sq - n * mean^2, 0) / (2 * pairs)) else 0
  y <- c(rep(mean + apart, pairs), rep(mean - apart, pairs), rep(mean, n - 2 * pairs))
  c(y, rep(NA_real_, n_forms - n))
}

# The forms of one group, a column a measure, and their design.
sample_of <- function(group) {
  own <- cells[cells$shown == group & (cells$n_forms > 0 | cells$psu != ""), ]
  key <- paste(own$group, own$stratum, own$psu, own$place, text(own$flagged), sep = "\r")
  first <- own[own$measure == "headline", ]
  keys <- key[own$measure == "headline"]
  times <- pmax(first$n_forms, 1)
  forms <- first[rep(seq_along(times), times), c("stratum", "psu", "weight", "psu_size", "n_forms")]
  forms$came <- forms$n_forms > 0
  measures <- unique(own$measure)
  rows_of <- function(measure) own[own$measure == measure, ][match(keys, key[own$measure == measure]), ]
  columns <- lapply(measures, function(measure) {
    rows <- rows_of(measure)
    unlist(Map(answers, rows$n_forms, rows$n, rows$total, rows$total_sq))
  })
  weighed <- lapply(measures, function(measure) {
    w <- rep(rows_of(measure)$weight, times)
    ifelse(is.na(w), 1, w)
  })
  names(columns) <- paste0("y", seq_along(columns))
  forms <- cbind(forms, as.data.frame(columns))
  home <- match(forms$stratum, strata$stratum)
  forms$home <- strata$counted_in[home]
  forms$form <- seq_len(nrow(forms))
  person <- forms$psu == ""
  forms$unit <- ifelse(person, paste("form", forms$form), paste(forms$stratum, forms$psu))
  taken <- ave(as.numeric(!duplicated(forms$unit)), forms$home, FUN = sum)
  there <- strata$frame_psus[home]
  forms$M <- pmax(ifelse(is.na(there), Inf, there), taken)
  forms$f <- taken / forms$M
  forms$n_c <- ave(as.numeric(forms$came), forms$unit, FUN = sum)
  forms$alone <- !person & forms$came & forms$n_c == 1
  forms$N_c <- ifelse(person, 1, ifelse(is.na(forms$psu_size), Inf, pmax(forms$psu_size, forms$n_c)))
  forms$inside <- ifelse(person | forms$alone, 1, forms$N_c)
  forms$weight[is.na(forms$weight)] <- 1
  list(forms = forms, columns = setNames(names(columns), measures), weighed = setNames(weighed, measures),
       design = svydesign(ids = ~unit + form, strata = ~home, fpc = ~M + inside, weights = ~weight, data = forms))
}

# A sample with the weights that its forms have in this measure.
designed <- function(sample, measure) {
  forms <- sample$forms
  if (all(forms$weight == sample$weighed[[measure]])) return(sample$design)
  forms$weight <- sample$weighed[[measure]]
  svydesign(ids = ~unit + form, strata = ~home, fpc = ~M + inside, weights = ~weight, data = forms)
}

# A class that gave one form shows no spread of its own: it is granted that of its stratum, else of its group.
lonely_forms <- function(forms, y, p) {
  if (!any(forms$alone)) return(0)
  W <- sum(forms$weight[!is.na(y)])
  z <- ifelse(is.na(y), 0, forms$weight * (y - p) / W)
  many <- forms$psu != "" & forms$n_c > 1
  spread <- tapply(z[many], forms$unit[many], function(v) sum((v - mean(v))^2))
  size <- tapply(z[many], forms$unit[many], length) - 1
  home <- forms$home[match(names(spread), forms$unit)]
  ratio <- function(spread, size) if (sum(size) > 0) sum(spread) / sum(size) else 0
  alone <- forms[forms$alone, ]
  s2 <- vapply(alone$home, function(h) {
    if (any(home == h)) ratio(spread[home == h], size[home == h]) else ratio(spread, size)
  }, numeric(1))
  sum(ifelse(is.finite(alone$M), alone$f * (1 - 1 / alone$N_c) * s2, 0))
}

estimate <- function(sample, measure) {
  y <- sample$forms[[sample$columns[[measure]]]]
  design <- designed(sample, measure)
  mean <- svymean(reformulate(sample$columns[[measure]]), design, na.rm = TRUE)
  p <- coef(mean)[[1]]
  c(p, sqrt(vcov(mean)[1, 1] + lonely_forms(transform(sample$forms, weight = sample$weighed[[measure]]), y, p)))
}

headline <- cells[cells$measure == "headline", ]
share <- function(rows) sum(rows$weight * rows$total) / sum(rows$weight * rows$n)
# Groups whose rates enter the county's, each with its forms.
samples <- sapply(unique(weights$group), sample_of, simplify = FALSE)
known <- list()
of_group <- function(group, measure) {
  name <- paste(group, measure)
  if (is.null(known[[name]])) known[[name]] <<- estimate(samples[[group]], measure)
  known[[name]]
}
combined <- function(rows, rate = of_group) {
  parts <- vapply(seq_len(nrow(rows)), function(k) rate(rows$group[k], rows$measure[k]), numeric(2))
  w <- rows$weight / sum(rows$weight)
  c(sum(w * parts[1, ]), sqrt(sum(w^2 * parts[2, ]^2)))
}
unflagged <- function(group, measure) {
  c(share(headline[headline$shown == group & text(headline$flagged) != "True", ]), 0)
}
raked <- function(group, measure) {
  rows <- read("raked.csv")
  rows$weight <- rows$weight * rows$people / ave(rows$weight * rows$n_forms, rows$category, FUN = sum)
  c(share(rows[rows$group == group & rows$n_forms > 0, ]), 0)
}
again <- function(row) {
  choice <- row$choice
  own <- weights[weights$choice == choice & (choice != "published" | weights$measure == row$measure), ]
  if (choice == "pooled") return(c(sum(headline$total) / sum(headline$n), 0))
  if (choice == "without_flagged") return(combined(own, unflagged))
  if (choice == "raked") return(combined(own, raked))
  if (row$domain == "county") return(combined(own))
  of_group(row$domain, row$measure)
}
found <- if (nrow(rates)) t(vapply(seq_len(nrow(rates)), function(k) again(rates[k, ]), numeric(2))) else matrix(0, 0, 2)
rates$rate_r <- found[, 1]
rates$se_r <- ifelse(is.na(rates$se), NA, found[, 2])

units <- read("units.csv")
members <- read("unit_places.csv")
units$rate_r <- vapply(seq_len(nrow(units)), function(k) {
  if (is.na(units$rate[k])) return(NA_real_)
  mine <- members[members$group == units$group[k] & members$place == units$place[k] & members$scope == units$scope[k], ]
  share(headline[headline$shown == units$group[k] & headline$place %in% mine$member & headline$n > 0, ])
}, numeric(1))

write.csv(rates, "recomputed.csv", row.names = FALSE, na = "")
apart <- c(rates$rate_r - rates$rate, (rates$se_r - rates$se)[!is.na(rates$se)],
           (units$rate_r - units$rate)[!is.na(units$rate)], 0)
same <- !anyNA(apart) && max(abs(apart)) <= TOLERANCE
cat(sprintf("重新计算了%d个比率、%d个单位比率，最大相差 %.2g：%s\n", nrow(rates), sum(!is.na(units$rate)),
            max(abs(apart), na.rm = TRUE), if (same) "一致" else "不一致"))
quit(status = if (same) 0 else 1)
