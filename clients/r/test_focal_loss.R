# Tests of focal_loss.R against the service at FOCAL_LOSS_URL, and against references in float64.
#
#     FOCAL_LOSS_URL=http://127.0.0.1:8080 Rscript test_focal_loss.R

source("focal_loss.R")
source("test_retries.R")

near <- function(actual, expected, tolerance = 2e-6) {
  all(dim(actual) == dim(expected)) && length(actual) == length(expected) &&
    all(abs(actual - expected) <= tolerance * abs(expected) + 1e-9)
}
error_of <- function(expression) tryCatch({ expression; NULL }, error = identity)
test <- function(name, expression) {
  tryCatch(force(expression), error = function(error) stop(name, ": ", conditionMessage(error), call. = FALSE))
  cat("ok", name, "\n")
}

# Loss of each sample, and gradients and Hessian of their sum, for gamma 2.
softmax_reference <- function(logits, labels) {
  p <- exp(logits) / rowSums(exp(logits))
  y <- outer(labels, seq_len(ncol(logits)) - 1, "==")
  pt <- rowSums(p * y)
  q <- 1 - pt
  list(loss = -q^2 * log(pt), grad = q * (2 * pt * log(pt) - q) * (y - p), hess = q^2 * p * (1 - p))
}
sigmoid_reference <- function(logits, labels, weights = 1) {
  s <- 2 * labels - 1
  alpha <- weights * ifelse(labels == 1, 0.25, 0.75)
  p <- plogis(s * logits)
  q <- 1 - p
  list(loss = -alpha * q^2 * log(p), grad = s * alpha * q^2 * (2 * p * log(p) - q), hess = alpha * q^3 * p)
}

logits <- matrix(c(2.2, -3.1, -1.3, 0.4, -4, 0.7), 2, dimnames = list(c("a", "b"), c("cat", "dog", "owl")))
expected <- softmax_reference(logits, c(0, 1))

test("the loss, its gradients and the breakdown are those of the reference", {
  result <- focal_loss(logits, c(0, 1), activation = "softmax")
  stopifnot(
    near(result$loss, mean(expected$loss)), near(result$gradients, expected$grad / 2),
    identical(dimnames(result$gradients), dimnames(logits)), is.null(result$posterior),
    identical(result$per_class$name, c("cat", "dog", "owl")), near(sum(result$per_class$loss.total), result$loss),
    is.na(result$per_class$mean_pt.positive[3]), result$counts$samples == 2
  )
})

test("labels are names, factors, logical or dense", {
  by_index <- focal_loss(logits, c(2, 0), activation = "softmax")$loss
  # The order of the columns counts, and not that of the levels.
  stopifnot(identical(focal_loss(logits, c("owl", "cat"), activation = "softmax")$loss, by_index))
  stopifnot(identical(focal_loss(logits, factor(c("owl", "cat"), c("owl", "cat")), activation = "softmax")$loss, by_index))
  stopifnot(identical(focal_loss(logits, rbind(c(0, 0, 1), c(1, 0, 0)), activation = "softmax")$loss, by_index))
  # Without names of columns it is that of the levels.
  from_levels <- focal_loss(unname(logits), factor(c("z", "x"), c("x", "y", "z")), activation = "softmax")
  stopifnot(identical(from_levels$loss, by_index), identical(from_levels$per_class$name, c("x", "y", "z")))
  ignored <- focal_loss(logits, c("cat", NA), activation = "softmax")
  stopifnot(ignored$counts$ignored == 3, near(ignored$loss, expected$loss[1]))
  binary <- sigmoid_reference(c(0.5, -2, 3), c(1, 0, 0))
  for (labels in list(c(1, 0, 0), c(TRUE, FALSE, FALSE), factor(c("yes", "no", "no")))) {
    result <- focal_loss(c(0.5, -2, 3), labels)
    stopifnot(near(result$loss, mean(binary$loss)), near(result$gradients, binary$grad / 3))
  }
  unknown <- error_of(focal_loss(logits, c("cat", "cow")))
  stopifnot(grepl("expected labels among cat, dog, owl, got cow", conditionMessage(unknown)))
})

test("lists of one item stay lists, data frames are matrices, and shapes are kept", {
  one <- focal_loss(logits[1, , drop = FALSE], 0, activation = "softmax", outputs = "gradients", sample_weights = 1)
  stopifnot(identical(dim(one$gradients), c(1L, 3L)), is.null(one$loss))
  column <- focal_loss(matrix(c(0.5, -2), 2), c(1, 0), class_weights = 1, class_names = "cat", gamma = 2)
  stopifnot(identical(dim(column$gradients), c(2L, 1L)), column$per_class$name == "cat")
  stopifnot(length(focal_loss(0.5, 1)$gradients) == 1)
  framed <- focal_loss(as.data.frame(logits), c("cat", "dog"), activation = "softmax")
  stopifnot(near(framed$gradients, expected$grad / 2))
  image <- array(logits, c(1, 2, 3, 1)) # [images, height, width as classes, 1]: the class axis is the third.
  first <- focal_loss(image, array(c(0, 1), c(1, 2, 1)), activation = "softmax", class_axis = 2)
  stopifnot(identical(dim(first$gradients), dim(image)), near(first$loss, mean(expected$loss)))
  probabilities <- exp(logits) / rowSums(exp(logits))
  stopifnot(near(focal_loss(NULL, c(0, 1), probabilities = probabilities, activation = "softmax")$loss, mean(expected$loss)))
})

test("options are those of the service, and NULL is not set", {
  off <- focal_loss(logits, c(0, 1), alpha = NULL)$options
  stopifnot(off$alpha == "off", focal_loss(logits, c(0, 1), gamma = NULL)$options$gamma == 2)
  sides <- focal_loss(logits, c(0, 1), gamma = list(positive = 1, negative = 4), margin = 0.05, alpha = "off")$options
  stopifnot(sides$gamma$negative == 4, sides$margin == 0.05)
  stopifnot(near(focal_loss(logits, c(0, 1), alpha = list(balanced = TRUE))$alpha, c(0.5, 0.5, 1)))
})

test("a sweep has each pair", {
  grid <- focal_loss_sweep(logits, c("cat", "dog"), c(0, 2), list(NULL, 0.25))$grid
  single <- focal_loss(logits, c("cat", "dog"), gamma = 2, alpha = 0.25)
  stopifnot(nrow(grid) == 4, near(grid$loss[4], single$loss), is.numeric(grid$positive_share.loss))
  stopifnot(nrow(focal_loss_sweep(logits, c(0, 1), 2)$grid) == 1)
})

test("errors are conditions with the message of the service", {
  error <- error_of(focal_loss(logits, c(7, 8), activation = "softmax"))
  stopifnot(inherits(error, "focal_loss_error"), error$status == 422, error$problem$code == "invalid_request")
  stopifnot(grepl("^focal_loss: 422 invalid_request: /labels/0: .*got 7.*\n  /labels/1: .*got 8", conditionMessage(error)))
  hint <- conditionMessage(error_of(focal_loss(logits, c(0, 1), activaton = "softmax")))
  stopifnot(grepl('did you mean "activation"', hint, fixed = TRUE))
})

test("warnings of the service are warnings", {
  warned <- tryCatch(focal_loss(logits, c(-100, -100)), focal_loss_warning = conditionMessage)
  stopifnot(grepl("^focal_loss: ", warned))
  stopifnot(focal_loss(logits, c(-100, -100), warnings = FALSE)$loss == 0)
})

test("an objective returns gradients and Hessian in the order of the margins", {
  data <- list(label = c(1, 0, 0), weight = c(1, 2, 3))
  margins <- c(0.5, -2, 3)
  derivatives <- focal_objective()(margins, data)
  binary <- sigmoid_reference(margins, data$label, data$weight)
  stopifnot(near(derivatives$grad, binary$grad), near(derivatives$hess, pmax(binary$hess, 1e-6)))
  objective <- focal_objective(activation = "softmax")
  for (margins in list(unname(logits), as.vector(logits))) {
    derivatives <- objective(margins, list(label = c(0, 1)))
    stopifnot(identical(dim(derivatives$grad), dim(margins)), identical(dim(derivatives$hess), dim(margins)))
    stopifnot(near(as.vector(derivatives$grad), as.vector(expected$grad)))
    stopifnot(near(as.vector(derivatives$hess), as.vector(pmax(expected$hess, 1e-6))))
  }
})

test("the README's program prints what the README says", {
  page <- paste(readLines("README.md"), collapse = "\n")
  snippets <- strsplit(page, "\n```[a-z]*\n?")[[1]]
  printed <- capture.output(eval(parse(text = snippets[2]), new.env()))
  stopifnot(identical(paste(printed, collapse = "\n"), snippets[4]))
})

for (package in c("xgboost", "lightgbm")) {
  file <- paste0("test_", package, ".R")
  if (requireNamespace(package, quietly = TRUE)) {
    source(file)
  } else {
    cat("skipped ", file, ": the R package ", package, " is not installed\n", sep = "")
  }
}
