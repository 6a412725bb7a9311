# Sends one batch of logits and labels with HTTP.jl, and checks the loss and the gradients in the response against a
# reference.
#
#     julia -e 'using Pkg; Pkg.add(name = "HTTP", version = "2"); Pkg.add(["DelimitedFiles", "JSON"])'
#     julia focal_loss.jl http://127.0.0.1:8080 ../iris-logits.csv

using DelimitedFiles, HTTP, JSON, Printf

"""
Returns the mean loss and its gradients, [samples, classes], of logits of that shape. Labels are class indices from 0;
options are those of the service. HTTP.jl reuses the connection. Retries are turned on for the case that the service is
overloaded or restarts; they are safe, because the same batch always yields the same result.
"""
function focal_loss(url, logits, labels; options...)
    # Matrices are column-major, but the service expects a list of rows.
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
    # The body is a problem document, which describes the error.
    response.status == 200 || error("$(response.status): $text")
    result = JSON.parse(text)
    gradients = [Float64(row[class]) for row in result["gradients"], class in axes(logits, 2)]
    return Float64(result["loss"]), gradients
end

"The reference, for gamma 2."
function reference_focal_loss(logits, labels)
    probabilities = exp.(logits) ./ sum(exp.(logits), dims = 2)
    one_hot = labels .== (0:size(logits, 2)-1)'
    p = sum(probabilities .* one_hot, dims = 2)
    q = 1 .- p
    factor = q .* (2 .* p .* log.(p) .- q) ./ length(labels)
    return sum(-q .^ 2 .* log.(p)) / length(labels), factor .* (one_hot .- probabilities)
end

function main(arguments)
    length(arguments) == 2 || error("usage: julia focal_loss.jl URL CSV")
    url, path = arguments
    table, _ = readdlm(path, ',', Float64; header = true)
    logits, labels = table[:, 1:end-1], Int.(table[:, end])

    options = (activation = "softmax", gamma = 2, outputs = ["loss", "gradients"])
    loss, gradients = focal_loss(url, logits, labels; options...)

    expected, expected_gradients = reference_focal_loss(logits, labels)
    max_difference = maximum(abs.(gradients .- expected_gradients))
    @printf(
        "%d samples, loss %.9f, reference %.9f, largest gradient difference %.1e\n",
        length(labels), loss, expected, max_difference
    )
    agrees = isapprox(loss, expected; rtol = 1e-6) && max_difference < 1e-8
    agrees || error("expected the loss and the gradients of the reference")
end

main(ARGS)
