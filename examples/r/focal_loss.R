# Posts one batch of logits and labels with httr2, and checks the loss and the gradients that come back against the
# formula.
#
#     Rscript -e 'install.packages("httr2")'
#     Rscript focal_loss.R http://127.0.0.1:8080 ../iris-logits.csv

library(httr2)

# Mean loss, its gradients in the shape of the logits [samples, classes], and the breakdown as a data frame. Labels
# count from 0. Options are those of the service; it is asked again when it is too busy (429) or restarts (503).
focal_loss <- function(url, logits, labels, ...) {
  batch <- list(logits = logits, labels = labels, ...)
  response <- request(url) |>
    req_url_path_append("v1", "focal-loss") |>
    req_body_json(batch, digits = NA) |>
    req_timeout(65) |>
    req_retry(max_tries = 5) |>
    req_error(body = function(response) resp_body_json(response)$detail) |>
    req_perform()
  resp_body_json(response, simplifyVector = TRUE)
}

# The same by the formula, for gamma 2.
own_focal_loss <- function(logits, labels) {
  probabilities <- exp(logits) / rowSums(exp(logits))
  truth <- outer(labels, seq_len(ncol(logits)) - 1, "==")
  p <- rowSums(probabilities * truth)
  q <- 1 - p
  list(
    loss = mean(-q^2 * log(p)),
    gradients = q * (2 * p * log(p) - q) * (truth - probabilities) / nrow(logits)
  )
}

arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) != 2) stop("usage: Rscript focal_loss.R URL CSV")
data <- read.csv(arguments[2])
logits <- unname(as.matrix(data[c("setosa", "versicolor", "virginica")]))

answer <- focal_loss(
  arguments[1], logits, data$label,
  activation = "softmax", gamma = 2, class_names = c("setosa", "versicolor", "virginica")
)

print(data.frame(
  class = answer$per_class$name,
  cross_entropy = answer$per_class$cross_entropy$share,
  focal_loss = answer$per_class$loss$share
))
expected <- own_focal_loss(logits, data$label)
worst <- max(abs(answer$gradients - expected$gradients))
cat(sprintf(
  "%d samples, loss %.9f, by the formula %.9f; gradients differ by %.1e at most\n",
  nrow(logits), answer$loss, expected$loss, worst
))
stopifnot(abs(answer$loss / expected$loss - 1) < 1e-6, worst < 1e-8)
