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
WORDS <- c("measure", "group", "shown", "stratum", "psu", "place", "flagged", "listed", "full", "doubted", "township", "locale", "stage",
           "counted_in", "category", "ssu", "member", "level", "scope", "choice", "domain", "state")

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
cells$ssu <- if ("ssu" %in% names(cells)) text(cells$ssu) else ""
for (name in c("psu_ssus", "ssu_size", "probability")) if (!(name %in% names(cells))) cells[[name]] <- NA_real_
# The rows of a cell, one for each value of a form, added up.
cells$flagged <- text(cells$flagged)
cells$listed <- if ("listed" %in% names(cells)) text(cells$listed) else ""
cells$full <- if ("full" %in% names(cells)) text(cells$full) else ""
cells$doubted <- if ("doubted" %in% names(cells)) text(cells$doubted) else ""
id <- paste(cells$measure, cells$group, cells$stratum, cells$psu, cells$place, cells$flagged, cells$listed, cells$full, cells$doubted, sep = "\r")
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
sample_of <- function(group, own) {
  own <- own[own$n_forms > 0 | own$psu != "", ]
  if (!nrow(own)) return(NULL)
  lead <- if ("headline" %in% own$measure) "headline" else own$measure[1]
  drawn <- own$psu != ""
  # Classes drawn for several groups from which this one has no row: they count in the draw.
  unit <- paste(cells$stratum, cells$psu)
  lacking <- cells[cells$measure == "headline" & cells$psu != "" & cells$stratum %in% own$stratum[drawn] &
                   !(unit %in% unit[cells$shown == group]) , ]
  lacking <- lacking[!duplicated(paste(lacking$stratum, lacking$psu)), ]
  lacking$n_forms <- rep(0, nrow(lacking))
  lacking$ssu <- rep("", nrow(lacking))
  key <- paste(own$group, own$stratum, own$psu, own$place, text(own$flagged), own$listed, own$full, own$doubted, sep = "\r")
  first <- own[own$measure == lead, ]
  keys <- c(key[own$measure == lead], rep(NA, nrow(lacking)))
  first <- rbind(first, lacking)
  times <- pmax(first$n_forms, 1)
  forms <- first[rep(seq_along(times), times), c("group", "stratum", "psu", "ssu", "weight", "psu_size", "psu_ssus",
                                                   "ssu_size", "probability", "n_forms")]
  forms$came <- forms$n_forms > 0
  measures <- unique(own$measure)
  rows_of <- function(measure) {
    rows <- own[own$measure == measure, ][match(keys, key[own$measure == measure]), ]
    rows[is.na(keys), c("n_forms", "n", "total", "total_sq")] <- 0
    rows
  }
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
  # The last drawn unit: the second-stage unit of a school, else the group's part of a class.
  forms$last <- paste(forms$unit, ifelse(forms$ssu == "", forms$group, forms$ssu))
  taken <- ave(as.numeric(!duplicated(forms$unit)), forms$home, FUN = sum)
  there <- strata$frame_psus[home]
  forms$M <- pmax(ifelse(is.na(there), Inf, there), taken)
  forms$f <- ifelse(is.na(forms$probability), taken / forms$M, forms$probability)
  parts <- ave(as.numeric(!duplicated(forms$last)), forms$unit, FUN = sum)
  forms$parts <- pmax(ifelse(is.na(forms$psu_ssus), parts, forms$psu_ssus), parts)
  forms$f2 <- parts / forms$parts
  forms$one_part <- !person & parts == 1 & forms$f2 < 1
  forms$n_c <- ave(as.numeric(forms$came), forms$last, FUN = sum)
  forms$alone <- !person & forms$came & forms$n_c == 1
  size <- ifelse(forms$ssu == "", forms$psu_size, forms$ssu_size)
  forms$N_c <- ifelse(person, 1, ifelse(is.na(size), Inf, pmax(size, forms$n_c)))
  forms$inside <- ifelse(person | forms$alone | !forms$came, 1, forms$N_c)
  forms$ssus <- ifelse(forms$one_part, 1, forms$parts)
  forms$weight[is.na(forms$weight)] <- 1
  list(forms = forms, columns = setNames(names(columns), measures), weighed = setNames(weighed, measures),
       design = survey_of(forms))
}

# Draws by size are Brewer's, for which R wants probabilities at every stage; 1 of 1 is certain.
survey_of <- function(forms) {
  if (all(is.na(forms$probability))) {
    return(svydesign(ids = ~unit + last + form, strata = ~home, fpc = ~M + ssus + inside, weights = ~weight, data = forms))
  }
  forms$p1 <- forms$f
  forms$p2 <- ave(as.numeric(!duplicated(forms$last)), forms$unit, FUN = sum) / forms$ssus
  forms$p3 <- ave(rep(1, nrow(forms)), forms$last, FUN = sum) / forms$inside
  svydesign(ids = ~unit + last + form, strata = ~home, fpc = ~p1 + p2 + p3, weights = ~weight, data = forms, pps = "brewer")
}

# A sample with the weights that its forms have in this measure.
designed <- function(sample, measure) {
  forms <- sample$forms
  if (all(forms$weight == sample$weighed[[measure]])) return(sample$design)
  forms$weight <- sample$weighed[[measure]]
  survey_of(forms)
}

# What stands alone shows no spread of its own: it is granted that of its stratum, else of its group. `value` of the
# things named `of`, several in each `within`; `size` of those that are `alone`, in the strata `home`.
pooled <- function(value, of, homes, home) {
  if (!length(value)) return(rep(NA_real_, length(home)))
  spread <- tapply(value, of, function(v) sum((v - mean(v))^2))
  size <- tapply(value, of, length) - 1
  where <- homes[match(names(spread), of)]
  ratio <- function(spread, size) if (sum(size) > 0) sum(spread) / sum(size) else NA_real_
  vapply(home, function(h) {
    if (any(where == h)) ratio(spread[where == h], size[where == h]) else ratio(spread, size)
  }, numeric(1))
}

# Classes that gave one form, and schools of which one class was asked.
lonely_parts <- function(forms, y, p) {
  W <- sum(forms$weight[!is.na(y)])
  z <- ifelse(is.na(y), 0, forms$weight * (y - p) / W)
  added <- 0
  alone <- forms[forms$alone, ]
  if (nrow(alone)) {
    many <- forms$psu != "" & forms$n_c > 1
    s2 <- pooled(z[many], forms$last[many], forms$home[many], alone$home)
    s2[is.na(s2)] <- 0
    added <- sum(ifelse(alone$f > 0, alone$f * alone$f2 * (1 - 1 / alone$N_c) * s2, 0))
  }
  if (any(forms$one_part)) {
    sums <- tapply(z, forms$last, sum)
    unit <- forms$unit[match(names(sums), forms$last)]
    home <- forms$home[match(names(sums), forms$last)]
    many <- names(sums) %in% forms$last[forms$ssu != "" & forms$f2 < 1 & !forms$one_part]
    one <- forms[forms$one_part & !duplicated(forms$unit), ]
    s2 <- pooled(sums[many], unit[many], home[many], one$home)
    schools <- tapply(z, forms$unit, sum)
    between <- tapply(schools, forms$home[match(names(schools), forms$unit)], var)[one$home]
    s2 <- ifelse(is.na(s2), ifelse(is.na(between), 0, between), s2)
    # R was told that the one class is all there is: what it took for the persons in it counts f2 times.
    within <- vapply(one$last, function(l) {
      own <- z[forms$last == l & forms$came]
      if (length(own) > 1) length(own) * var(own) else 0
    }, numeric(1))
    added <- added + sum(one$f * (1 - one$f2) * (s2 - (1 - one$n_c / one$N_c) * within))
  }
  added
}

estimate <- function(sample, measure) {
  y <- sample$forms[[sample$columns[[measure]]]]
  design <- designed(sample, measure)
  mean <- svymean(reformulate(sample$columns[[measure]]), design, na.rm = TRUE)
  p <- coef(mean)[[1]]
  c(p, sqrt(vcov(mean)[1, 1] + lonely_parts(transform(sample$forms, weight = sample$weighed[[measure]]), y, p)))
}

headline <- cells[cells$measure == "headline", ]
share <- function(rows) sum(rows$weight * rows$total) / sum(rows$weight * rows$n)
# Groups whose rates enter the county's, each with its forms. Where groups are kept together, headline and overall stand
# apart: each of them is a stratum of its own (".../own") there, at the weight of the rule.
samples <- sapply(unique(weights$group), function(group) {
  shown <- cells[cells$shown == group, ]
  lapply(split(shown, grepl("/own$", shown$stratum)), function(own) sample_of(group, own))
}, simplify = FALSE)
holding <- function(group, measure) Find(function(sample) measure %in% names(sample$columns), samples[[group]])
known <- list()
of_group <- function(group, measure) {
  name <- paste(group, measure)
  if (is.null(known[[name]])) known[[name]] <<- estimate(holding(group, measure), measure)
  known[[name]]
}
# Z of a group in its drawn classes, for what groups asked in the same classes share.
class_sums <- function(group, measure) {
  sample <- holding(group, measure)
  y <- sample$forms[[sample$columns[[measure]]]]
  w <- sample$weighed[[measure]]
  p <- of_group(group, measure)[1]
  z <- ifelse(is.na(y), 0, w * (y - p) / sum(w[!is.na(y)]))
  drawn <- sample$forms$psu != ""
  list(Z = tapply(z[drawn], sample$forms$unit[drawn], sum), forms = sample$forms[drawn & !duplicated(sample$forms$unit), ])
}
covariance <- function(one, other) {
  units <- intersect(names(one$Z), names(other$Z))
  if (!length(units)) return(0)
  at <- match(units, one$forms$unit)
  home <- one$forms$home[at]
  sum(vapply(unique(home), function(h) {
    inside <- units[home == h]
    m <- length(inside)
    if (m < 2) return(0)
    f <- min(m / one$forms$M[at][home == h][1], 1)
    a <- one$Z[inside] - mean(one$Z[inside])
    b <- other$Z[inside] - mean(other$Z[inside])
    (1 - f) * m / (m - 1) * sum(a * b)
  }, numeric(1)))
}
combined <- function(rows, rate = of_group) {
  parts <- vapply(seq_len(nrow(rows)), function(k) rate(rows$group[k], rows$measure[k]), numeric(2))
  w <- rows$weight / sum(rows$weight)
  V <- sum(w^2 * parts[2, ]^2)
  if (identical(rate, of_group) && nrow(rows) > 1) {
    sums <- lapply(seq_len(nrow(rows)), function(k) class_sums(rows$group[k], rows$measure[k]))
    for (k in seq_along(sums)) for (l in seq_len(k - 1)) V <- V + 2 * w[k] * w[l] * covariance(sums[[k]], sums[[l]])
  }
  c(sum(w * parts[1, ]), sqrt(max(V, 0)))
}
unflagged <- function(group, measure) {
  c(share(headline[headline$shown == group & text(headline$flagged) != "True", ]), 0)
}
without_full <- function(group, measure) {
  c(share(headline[headline$shown == group & headline$full != "True", ]), 0)
}
without_doubted <- function(group, measure) {
  c(share(headline[headline$shown == group & headline$doubted != "True", ]), 0)
}
unlisted <- function(group, measure) {
  c(share(headline[headline$shown == group & headline$listed != "True", ]), 0)
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
  if (choice == "without_listed") return(combined(own, unlisted))
  if (choice == "without_full") return(combined(own, without_full))
  if (choice == "without_doubted") return(combined(own, without_doubted))
  if (choice == "raked") return(combined(own, raked))
  if (row$domain == "county") return(combined(own))
  of_group(row$domain, row$measure)
}
found <- if (nrow(rates)) t(vapply(seq_len(nrow(rates)), function(k) again(rates[k, ]), numeric(2))) else matrix(0, 0, 2)
rates$rate_r <- found[, 1]
rates$se_r <- ifelse(is.na(rates$se), NA, found[, 2])

units <- read("unrounded_units.csv")
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
