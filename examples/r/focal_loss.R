# Sends one batch of logits and labels by the function in clients/r, and checks the loss and the gradients in the response
# against a reference.
#
#     Rscript -e 'install.packages("httr2")'
#     Rscript focal_loss.R http://127.0.0.1:8080 ../iris-logits.csv

source("../../clients/r/focal_loss.R")

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
logits <- as.matrix(data[c("setosa", "versicolor", "virginica")])

# Labels are class indices from 0; names of the columns, as strings or a factor, say the same.
result <- focal_loss(logits, data$label, activation = "softmax", gamma = 2, url = arguments[1])
by_name <- focal_loss(logits, iris$Species, activation = "softmax", gamma = 2, url = arguments[1])

print(data.frame(
  class = result$per_class$name,
  cross_entropy = result$per_class$cross_entropy.share,
  focal_loss = result$per_class$loss.share
))
expected <- reference_focal_loss(logits, data$label)
max_difference <- max(abs(result$gradients - expected$gradients))
cat(sprintf(
  "%d samples, loss %.9f, reference %.9f, largest gradient difference %.1e\n",
  nrow(logits), result$loss, expected$loss, max_difference
))
stopifnot(abs(result$loss / expected$loss - 1) < 1e-6, max_difference < 1e-8, by_name$loss == result$loss)
