# Sends one batch of logits and labels with httr2, and checks the loss and the gradients in the response against a
# reference.
#
#     Rscript -e 'install.packages("httr2")'
#     Rscript focal_loss.R http://127.0.0.1:8080 ../iris-logits.csv

library(httr2)

# Returns the mean loss, its gradients, [samples, classes], and the breakdown as a data frame, of logits of that shape.
# Labels are class indices from 0; options are those of the service. Requests are retried when the service is overloaded
# (429) or restarts (503).
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

# The reference, for gamma 2.
reference_focal_loss <- function(logits, labels) {
  probabilities <- exp(logits) / rowSums(exp(logits))
  one_hot <- outer(labels, seq_len(ncol(logits)) - 1, "==")
  p <- rowSums(probabilities * one_hot)
  q <- 1 - p
  list(
    loss = mean(-q^2 * log(p)),
    gradients = q * (2 * p * log(p) - q) * (one_hot - probabilities) / nrow(logits)
  )
}

arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) != 2) stop("usage: Rscript focal_loss.R URL CSV")
data <- read.csv(arguments[2])
logits <- unname(as.matrix(data[c("setosa", "versicolor", "virginica")]))

result <- focal_loss(
  arguments[1], logits, data$label,
  activation = "softmax", gamma = 2, class_names = c("setosa", "versicolor", "virginica")
)

print(data.frame(
  class = result$per_class$name,
  cross_entropy = result$per_class$cross_entropy$share,
  focal_loss = result$per_class$loss$share
))
expected <- reference_focal_loss(logits, data$label)
max_difference <- max(abs(result$gradients - expected$gradients))
cat(sprintf(
  "%d samples, loss %.9f, reference %.9f, largest gradient difference %.1e\n",
  nrow(logits), result$loss, expected$loss, max_difference
))
stopifnot(abs(result$loss / expected$loss - 1) < 1e-6, max_difference < 1e-8)
