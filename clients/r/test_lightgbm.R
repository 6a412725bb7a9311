# Boosting with the objective and with its reference in R, on real data: the losses have to be those of the reference. Part of
# test_focal_loss.R.

local({
  # Returns the mean loss after boosting with an objective.
  boost <- function(objective, features, labels, weights, loss, ...) {
    data <- lightgbm::lgb.Dataset(as.matrix(features), label = labels, weight = weights)
    parameters <- list(learning_rate = 0.1, num_leaves = 7, min_data_in_leaf = 5, num_threads = 1, verbosity = -1, ...)
    booster <- lightgbm::lgb.train(parameters, data, nrounds = 30, obj = objective)
    mean(loss(predict(booster, as.matrix(features), type = "raw"), labels))
  }

  test("boosting of infertility by LightGBM, with weights, is that of the reference", {
    features <- infert[c("age", "parity", "induced", "spontaneous")]
    weights <- rep_len(c(1, 2, 0.5), nrow(infert))
    reference <- function(margins, data) {
      derivatives <- sigmoid_reference(margins, infert$case, weights)
      list(grad = derivatives$grad, hess = pmax(derivatives$hess, 1e-6))
    }
    loss <- function(margins, labels) sigmoid_reference(margins, labels)$loss
    losses <- vapply(list(reference, focal_objective()), boost, 0, features, infert$case, weights, loss)
    cat("infertility: reference", losses[1], "service", losses[2], "\n")
    stopifnot(near(losses[2], losses[1], 1e-4))
  })

  test("boosting of iris by LightGBM, three classes, is that of the reference", {
    labels <- as.integer(iris$Species) - 1
    reference <- function(margins, data) {
      derivatives <- softmax_reference(matrix(margins, length(labels)), labels)
      list(grad = as.vector(derivatives$grad), hess = as.vector(pmax(derivatives$hess, 1e-6)))
    }
    loss <- function(margins, labels) softmax_reference(margins, labels)$loss
    objectives <- list(reference, focal_objective(activation = "softmax"))
    losses <- vapply(objectives, boost, 0, iris[1:4], labels, NULL, loss, num_class = 3)
    cat("iris: reference", losses[1], "service", losses[2], "\n")
    stopifnot(near(losses[2], losses[1], 1e-4))
  })
})
