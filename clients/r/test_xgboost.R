# Boosting with the objective and with its reference in R, on real data: the losses have to be those of the reference. Part of
# test_focal_loss.R.

# Returns the mean loss after boosting with an objective.
boost <- function(objective, features, labels, loss, ...) {
  data <- xgboost::xgb.DMatrix(as.matrix(features), label = labels)
  parameters <- list(base_score = 0, eta = 0.1, max_depth = 3, nthread = 1, disable_default_eval_metric = TRUE, ...)
  arguments <- list(parameters, data, nrounds = 30, verbose = 0)
  arguments[[if ("objective" %in% names(formals(xgboost::xgb.train))) "objective" else "obj"]] <- objective
  booster <- do.call(xgboost::xgb.train, arguments)
  margins <- predict(booster, data, outputmargin = TRUE)
  if (length(margins) > length(labels) && !is.matrix(margins)) margins <- matrix(margins, length(labels), byrow = TRUE)
  mean(loss(margins, labels))
}

test("boosting of infertility, binary, is that of the reference", {
  features <- infert[c("age", "parity", "induced", "spontaneous")]
  reference <- function(margins, data) {
    derivatives <- sigmoid_reference(margins, xgboost::getinfo(data, "label"))
    list(grad = derivatives$grad, hess = pmax(derivatives$hess, 1e-6))
  }
  loss <- function(margins, labels) sigmoid_reference(margins, labels)$loss
  losses <- c(boost(reference, features, infert$case, loss), boost(focal_objective(), features, infert$case, loss))
  cat("infertility: reference", losses[1], "service", losses[2], "\n")
  stopifnot(near(losses[2], losses[1], 1e-4))
})

test("boosting of iris, three classes, is that of the reference", {
  labels <- as.integer(iris$Species) - 1
  reference <- function(margins, data) {
    by_row <- if (is.matrix(margins)) margins else matrix(margins, length(labels), byrow = TRUE)
    derivatives <- lapply(softmax_reference(by_row, labels), function(values) {
      if (is.matrix(margins) || !is.matrix(values)) values else as.vector(t(values))
    })
    list(grad = derivatives$grad, hess = pmax(derivatives$hess, 1e-6))
  }
  loss <- function(margins, labels) softmax_reference(margins, labels)$loss
  losses <- c(
    boost(reference, iris[1:4], labels, loss, num_class = 3),
    boost(focal_objective(activation = "softmax"), iris[1:4], labels, loss, num_class = 3)
  )
  cat("iris: reference", losses[1], "service", losses[2], "\n")
  stopifnot(near(losses[2], losses[1], 1e-4))
})

if ("obj" %in% names(formals(xgboost::xgb.train))) {
  test("the README's call of xgboost runs", eval(parse(text = strsplit(
    paste(readLines("README.md"), collapse = "\n"), "\n```[a-z]*\n?"
  )[[1]][6])))
}
