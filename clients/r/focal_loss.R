# Calls focal-loss-service: source() this file. It requires R 4.1 and httr2 (install.packages("httr2"), or Debian's
# r-cran-httr2).
#
#     source("focal_loss.R")
#     result <- focal_loss(logits, labels, activation = "softmax", gamma = 2)
#     result$loss; result$gradients; result$per_class
#
# The service is the one at the environment variable FOCAL_LOSS_URL, or at http://127.0.0.1:8080. An API key is read from
# FOCAL_LOSS_API_KEY.

FOCAL_LOSS_URL <- "http://127.0.0.1:8080"

# Returns the focal loss of a batch.
#
# logits     a matrix or data frame [samples, classes], or a vector of one binary class; an array with class_axis = 1 for
#            channels first. NULL if `probabilities` are given instead.
# labels     class indices from 0; a factor or strings, which are the names of the columns, or if there are none, the
#            levels in their order; TRUE and FALSE; or a matrix of labels in [0, 1]. NA in a factor or strings is ignored.
# ...        options by the names of the service, such as gamma, alpha ("off" turns it off), sample_weights, outputs
# url, api_key, max_seconds   of the service, and for how long the call is retried; 0 is not at all
#
# The result is a list of what the service computes: loss, gradients and hessian_diagonal in the shape of the logits,
# per_class, a data frame with a row for each class and columns such as loss.share, counts, and so on. Outputs that are not
# requested are NULL. What the service warns of becomes a warning. Errors are conditions of the class focal_loss_error: their
# message says what was wrong and where, and they have the `status` and the `problem` of the service.
focal_loss <- function(logits, labels, ..., probabilities = NULL, url = Sys.getenv("FOCAL_LOSS_URL", FOCAL_LOSS_URL),
                       api_key = Sys.getenv("FOCAL_LOSS_API_KEY"), max_seconds = 60) {
  batch <- focal_loss_batch(if (is.null(probabilities)) logits, probabilities, labels, list(...))
  result <- focal_loss_post("focal-loss", batch, url, api_key, max_seconds)
  predictions <- focal_loss_or(batch$logits, batch$probabilities)
  for (name in c("gradients", "hessian_diagonal", "posterior")) {
    if (!is.null(result[[name]])) dimnames(result[[name]]) <- dimnames(predictions)
  }
  if (!is.null(result$per_class)) result$per_class <- jsonlite::flatten(result$per_class)
  result
}

# Evaluates a batch with every pair of a gamma and an alpha. In a list of alphas NULL or "off" turns it off. The result has
# `grid`, a data frame with a row for each pair: all alphas of the first gamma, then those of the next.
focal_loss_sweep <- function(logits, labels, gammas, alphas = NULL, ..., probabilities = NULL,
                             url = Sys.getenv("FOCAL_LOSS_URL", FOCAL_LOSS_URL),
                             api_key = Sys.getenv("FOCAL_LOSS_API_KEY"), max_seconds = 60) {
  options <- list(..., gammas = gammas)
  if (!is.null(alphas)) options$alphas <- alphas
  batch <- focal_loss_batch(if (is.null(probabilities)) logits, probabilities, labels, options)
  result <- focal_loss_post("focal-loss/sweep", batch, url, api_key, max_seconds)
  result$grid <- jsonlite::flatten(result$grid)
  result
}

# Returns an objective for xgboost (`obj`, or `objective` from 3.1 on) and lightgbm (`obj`): a function of margins and training
# data that returns grad and hess of the sum of the loss. Options are those of the service: activation = "softmax" for classes
# that exclude each other, else each has a sigmoid of its own. Weights of the data are sample weights.
#
# The Hessian of focal loss is negative where a prediction is confident and wrong, which a tree cannot use: `detached` never
# is. What is below `min_hessian` is raised to it. Data may also be a list with `label`, and optionally `weight`.
focal_objective <- function(..., hessian_form = "detached", min_hessian = 1e-6) {
  warnings <- TRUE
  function(margins, data) {
    labels <- focal_loss_field(data, "label")
    # LightGBM has all margins of a class together, as R's matrices do; XGBoost before 2.1 all of a row.
    by_row <- inherits(data, "xgb.DMatrix") && !is.matrix(margins)
    predictions <- margins
    if (length(margins) > length(labels)) predictions <- matrix(margins, nrow = length(labels), byrow = by_row)
    result <- focal_loss(
      predictions, labels,
      sample_weights = focal_loss_field(data, "weight"), reduction = "sum", outputs = c("gradients", "hessian"),
      hessian_form = hessian_form, warnings = warnings, ...
    )
    warnings <<- FALSE # The first round says it.
    as_margins <- function(values) {
      if (is.matrix(margins)) values else as.vector(if (by_row && is.matrix(values)) t(values) else values)
    }
    list(grad = as_margins(result$gradients), hess = as_margins(pmax(result$hessian_diagonal, min_hessian)))
  }
}

# The rest is used by these functions only.

focal_loss_or <- function(value, default) if (is.null(value)) default else value

# A label, weight or other field of training data; NULL if it has none.
focal_loss_field <- function(data, name) {
  values <- if (inherits(data, "xgb.DMatrix")) {
    xgboost::getinfo(data, name)
  } else if (inherits(data, "lgb.Dataset")) {
    lightgbm::get_field(data, name)
  } else {
    data[[name]]
  }
  if (length(values) > 0) values
}

# The body of a request.
focal_loss_batch <- function(logits, probabilities, labels, options) {
  name <- if (is.null(logits)) "probabilities" else "logits"
  predictions <- if (is.null(logits)) probabilities else logits
  if (is.data.frame(predictions)) predictions <- as.matrix(predictions)
  if (!is.numeric(predictions)) stop("expected ", name, " that are numbers, got ", class(predictions)[1])
  names <- if (is.matrix(predictions)) colnames(predictions)
  if (is.factor(labels) || is.character(labels)) {
    names <- focal_loss_or(names, levels(as.factor(labels)))
    indices <- match(as.character(labels), names) - 1L
    unknown <- setdiff(as.character(labels[is.na(indices)]), NA)
    if (length(unknown) > 0) {
      stop("expected labels among ", toString(names, 200), ", got ", toString(unknown, 200))
    }
    indices[is.na(indices)] <- focal_loss_or(options$ignore_index, -100L)
    labels <- indices
  }
  if (is.matrix(predictions) && ncol(predictions) == length(names) && is.null(options$class_names)) {
    options$class_names <- names
  }
  batch <- c(stats::setNames(list(predictions), name), list(labels = labels), options)
  # NULL is not set, except for alpha, which it turns off.
  batch <- batch[names(batch) == "alpha" | !vapply(batch, is.null, logical(1))]
  # Lists of the service stay lists if they have one item.
  lists <- intersect(names(batch), c(
    "logits", "probabilities", "labels", "sample_weights", "element_weights", "class_weights", "class_names", "outputs",
    "gammas", "alphas"
  ))
  for (field in lists) {
    if (is.null(dim(batch[[field]]))) batch[[field]] <- I(unname(batch[[field]]))
  }
  batch
}

# Sends a request, and returns the response as a list. It is sent again while the service is overloaded or restarts, and if
# the connection breaks: the same batch always yields the same result. A service that has never responded is tried for 3 s.
focal_loss_post <- function(path, batch, url, api_key, max_seconds) {
  start <- Sys.time()
  responded <- url %in% focal_loss_urls$responded
  unreachable <- function(message) {
    hint <- if (!responded) "; is the service running? `npm start` in its folder starts it" else ""
    stop(focal_loss_condition(paste0("cannot reach ", url, ": ", message, hint)))
  }
  request <- httr2::request(url) |>
    httr2::req_url_path_append("v1", path) |>
    httr2::req_body_json(batch, digits = NA) |>
    httr2::req_timeout(65)
  if (nzchar(api_key)) request <- httr2::req_auth_bearer_token(request, api_key)
  retry <- list(
    request,
    max_tries = if (max_seconds < 1) 1 else 1000,
    max_seconds = max(max_seconds, 1),
    is_transient = function(response) {
      responded <<- TRUE
      focal_loss_urls$responded <- union(focal_loss_urls$responded, url)
      httr2::resp_status(response) %in% c(429, 502, 503)
    },
    backoff = function(tries) {
      wait <- min(0.1 * 2^(tries - 1), 5) * stats::runif(1, 1, 1.25)
      if (!responded && Sys.time() + wait > start + 3) unreachable("nothing responds there")
      wait
    },
    # However long the service asks for, a call ends.
    after = function(response) min(httr2::resp_retry_after(response), max_seconds)
  )
  # Versions before 1.1 always retry broken connections.
  if ("retry_on_failure" %in% names(formals(httr2::req_retry))) retry$retry_on_failure <- TRUE
  response <- tryCatch(
    httr2::req_perform(do.call(httr2::req_retry, retry)),
    httr2_http = function(error) stop(focal_loss_problem(error$resp)),
    httr2_failed = function(error) unreachable(conditionMessage(error)),
    httr2_failure = function(error) unreachable(conditionMessage(error))
  )
  result <- httr2::resp_body_json(response, simplifyVector = TRUE)
  for (message in result$warnings$message) {
    warning(warningCondition(paste0("focal_loss: ", message), class = "focal_loss_warning"))
  }
  result
}

focal_loss_urls <- new.env()

# The error of a response that is not a result: its problem document.
focal_loss_problem <- function(response) {
  status <- httr2::resp_status(response)
  problem <- tryCatch(httr2::resp_body_json(response, check_type = FALSE), error = function(error) NULL)
  if (is.null(problem$code)) {
    text <- substr(httr2::resp_body_string(response), 1, 300)
    return(focal_loss_condition(paste0(status, ": ", text), status = status))
  }
  issues <- vapply(problem$errors, function(issue) paste0("\n  ", issue$pointer, ": ", issue$message), "")
  more <- if (isTRUE(problem$more > 0)) paste0("\n  and ", problem$more, " more")
  # The detail repeats the first mistake.
  message <- paste(c(status, " ", problem$code, ": ", problem$detail, issues[-1], more), collapse = "")
  focal_loss_condition(message, status = status, problem = problem)
}

focal_loss_condition <- function(message, ...) {
  errorCondition(paste0("focal_loss: ", message), ..., class = "focal_loss_error", call = NULL)
}
