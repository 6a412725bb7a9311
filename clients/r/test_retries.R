# Tests of what focal_loss does while the service is away. Part of test_focal_loss.R.

# Starts a process that responds to one connection after the other: with a status, or not at all where it is 0. Of a request
# it prints the headers. Returns its URL, and the file that it prints to.
start_fake_service <- function(statuses) {
  output <- tempfile()
  port <- sample(20000:30000, 1)
  serve <- function(port, statuses) {
    server <- serverSocket(port)
    cat("listening\n")
    for (status in statuses) {
      connection <- socketAccept(server, blocking = TRUE, open = "r+b", timeout = 5)
      headers <- character()
      while (nzchar(line <- readLines(connection, 1))) headers <- c(headers, line)
      cat(headers, "\n", sep = "\n")
      size <- sub(".*: *", "", grep("^content-length:", headers, ignore.case = TRUE, value = TRUE))
      invisible(readBin(connection, "raw", as.integer(size)))
      if (status != 0) {
        body <- if (status == 200) '{"loss": 0.5}' else '{"code": "not_ready", "detail": "the engine is warming up"}'
        writeLines(c(
          paste("HTTP/1.1", status, "Status"), "Content-Type: application/json", "Connection: close",
          if (status == 503) "Retry-After: 0", if (status == 429) "Retry-After: 3600", paste("Content-Length:", nchar(body)), ""
        ), connection, sep = "\r\n")
        writeLines(body, connection, sep = "")
      }
      close(connection)
    }
  }
  program <- tempfile(fileext = ".R")
  writeLines(c("serve <-", deparse(serve), sprintf("serve(%dL, c(%s))", port, toString(statuses))), program)
  system2(file.path(R.home("bin"), "Rscript"), program, stdout = output, stderr = FALSE, wait = FALSE)
  for (i in 1:100) {
    if (file.exists(output) && "listening" %in% readLines(output)) break
    Sys.sleep(0.1)
  }
  list(url = sprintf("http://127.0.0.1:%d", port), output = output)
}

local({
  fake <- start_fake_service(c(503, 0, 200))
  result <- focal_loss(c(1, 2), c(0, 1), url = fake$url, api_key = "secret")
  requests <- readLines(fake$output)
  stopifnot(result$loss == 0.5, sum(grepl("^POST /v1/focal-loss ", requests)) == 3)
  stopifnot(sum(requests == "Authorization: Bearer secret") == 3)
  cat("ok overload and broken connections are retried \n")
})

local({
  fake <- start_fake_service(c(429, 429))
  elapsed <- system.time(error <- tryCatch(focal_loss(c(1, 2), c(0, 1), url = fake$url, max_seconds = 1), error = identity))
  stopifnot(inherits(error, "focal_loss_error"), error$status == 429, elapsed[["elapsed"]] < 5)
  stopifnot(grepl("429 not_ready: the engine is warming up", conditionMessage(error)))
  cat("ok a call ends, however long the service asks it to wait \n")
})

local({
  fake <- start_fake_service(c(503, 200))
  error <- tryCatch(focal_loss(c(1, 2), c(0, 1), url = fake$url, max_seconds = 0), error = identity)
  stopifnot(error$status == 503, sum(grepl("^POST ", readLines(fake$output))) == 1)
  cat("ok retries can be turned off \n")
})

local({
  elapsed <- system.time(error <- tryCatch(focal_loss(c(1, 2), c(0, 1), url = "http://127.0.0.1:1"), error = identity))
  stopifnot(inherits(error, "focal_loss_error"), elapsed[["elapsed"]] < 3.5)
  stopifnot(grepl("cannot reach http://127.0.0.1:1: .*npm start", conditionMessage(error)))
  cat("ok nothing listening is told within 3 seconds \n")
})
