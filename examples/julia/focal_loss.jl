# Posts one batch of logits and labels with HTTP.jl, and checks the loss and the gradients that come back against the
# formula.
#
#     julia -e 'using Pkg; Pkg.add(name = "HTTP", version = "2"); Pkg.add(["DelimitedFiles", "JSON"])'
#     julia focal_loss.jl http://127.0.0.1:8080 ../iris-logits.csv

using DelimitedFiles, HTTP, JSON, Printf

"""
Mean loss, and its gradients in the shape of the logits, [samples, classes]. Labels count from 0; options are those of
the service. HTTP.jl keeps the connection from one batch to the next, and is told to try again when the service is too
busy or restarts: the same batch has the same answer, however often it is sent.
"""
function focal_loss(url, logits, labels; options...)
    # A matrix lies in memory by columns; the service takes a list of rows.
    batch = Dict{String,Any}("logits" => collect.(eachrow(logits)), "labels" => labels)
    for (name, value) in options
        batch[string(name)] = value
    end
    response = HTTP.post(
        url * "/v1/focal-loss",
        ["Content-Type" => "application/json"],
        JSON.json(batch);
        response_header_timeout = 65,
        retry_non_idempotent = true,
        status_exception = false,
    )
    text = String(response.body)
    # The body is a problem document then, which says what is wrong.
    response.status == 200 || error("$(response.status): $text")
    answer = JSON.parse(text)
    gradients = [Float64(row[class]) for row in answer["gradients"], class in axes(logits, 2)]
    return Float64(answer["loss"]), gradients
end

"The same by the formula, for gamma 2."
function own_focal_loss(logits, labels)
    probabilities = exp.(logits) ./ sum(exp.(logits), dims = 2)
    truth = labels .== (0:size(logits, 2)-1)'
    p = sum(probabilities .* truth, dims = 2)
    q = 1 .- p
    factor = q .* (2 .* p .* log.(p) .- q) ./ length(labels)
    return sum(-q .^ 2 .* log.(p)) / length(labels), factor .* (truth .- probabilities)
end

function main(arguments)
    length(arguments) == 2 || error("usage: julia focal_loss.jl URL CSV")
    url, path = arguments
    table, _ = readdlm(path, ',', Float64; header = true)
    logits, labels = table[:, 1:end-1], Int.(table[:, end])

    options = (activation = "softmax", gamma = 2, outputs = ["loss", "gradients"])
    loss, gradients = focal_loss(url, logits, labels; options...)

    expected, expected_gradients = own_focal_loss(logits, labels)
    worst = maximum(abs.(gradients .- expected_gradients))
    @printf(
        "%d samples, loss %.9f, by the formula %.9f; gradients differ by %.1e at most\n",
        length(labels), loss, expected, worst
    )
    isapprox(loss, expected; rtol = 1e-6) && worst < 1e-8 || error("they should agree")
end

main(ARGS)
