// Sends one batch of logits and labels as JSON, and again as safetensors, and checks the loss and the gradients in both
// responses against a reference. Requires libcurl, nlohmann/json (Debian: libcurl4-openssl-dev, nlohmann-json3-dev) and a
// little-endian machine.
//
//     g++ -std=c++17 -O2 focal_loss.cpp -o focal_loss -lcurl && ./focal_loss http://127.0.0.1:8080 ../iris-logits.csv

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <curl/curl.h>
#include <nlohmann/json.hpp>

using nlohmann::json;

struct Batch {
  std::vector<float> logits;  // [samples, classes], row-major.
  std::vector<uint8_t> labels;
  size_t classes() const { return logits.size() / labels.size(); }
};

struct Result {
  double loss;
  std::vector<float> gradients;  // [samples, classes], row-major.
};

class FocalLossClient {
 public:
  explicit FocalLossClient(const std::string& url)
      : url_(url + "/v1/focal-loss"), curl_(curl_easy_init(), curl_easy_cleanup) {
    if (!curl_) throw std::runtime_error("curl could not be initialised");
  }

  // Sends a batch as JSON. Throws std::runtime_error, with what is wrong if the service rejects the request.
  Result evaluate_json(const Batch& batch) {
    json request = {{"labels", batch.labels}, {"activation", "softmax"}, {"gamma", 2}, {"outputs", {"loss", "gradients"}}};
    for (auto row = batch.logits.begin(); row != batch.logits.end(); row += batch.classes())
      request["logits"].push_back(std::vector<float>(row, row + batch.classes()));
    const json response = json::parse(post("application/json", request.dump()));
    Result result{response.at("loss"), {}};
    for (const json& row : response.at("gradients"))
      for (const float gradient : row) result.gradients.push_back(gradient);
    return result;
  }

  // Sends a batch as a safetensors file, which is smaller and faster to read than JSON.
  Result evaluate_binary(const Batch& batch) { return decode(post("application/vnd.safetensors", encode(batch))); }

 private:
  // Posts a body, and returns that of the response. Reuses the connection.
  std::string post(const std::string& content_type, const std::string& body) {
    std::string response;
    const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
        curl_slist_append(nullptr, ("Content-Type: " + content_type).c_str()), curl_slist_free_all);
    curl_easy_setopt(curl_.get(), CURLOPT_URL, url_.c_str());
    curl_easy_setopt(curl_.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl_.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl_.get(), CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(curl_.get(), CURLOPT_TIMEOUT, 65L);
    curl_easy_setopt(curl_.get(), CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl_.get(), CURLOPT_WRITEDATA, &response);
    const CURLcode code = curl_easy_perform(curl_.get());
    if (code != CURLE_OK) throw std::runtime_error(url_ + ": " + curl_easy_strerror(code));
    long status = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status == 200) return response;
    // A problem document, unless a proxy responded.
    const json problem = json::parse(response, nullptr, false);
    throw std::runtime_error(std::to_string(status) + ": " +
                             (problem.is_object() ? problem.value("detail", response) : response));
  }

  static std::string encode(const Batch& batch) {
    const size_t logits_bytes = batch.logits.size() * sizeof(float);
    const size_t samples = batch.labels.size();
    const std::string header =
        json{
            // Each value is JSON, or a bare word.
            {"__metadata__", {{"activation", "softmax"}, {"gamma", "2"}, {"outputs", R"(["loss", "gradients"])"}}},
            {"logits",
             {{"dtype", "F32"}, {"shape", {samples, batch.classes()}}, {"data_offsets", {size_t{0}, logits_bytes}}}},
            {"labels",
             {{"dtype", "U8"},
              {"shape", json::array({samples})},
              {"data_offsets", {logits_bytes, logits_bytes + samples}}}},
        }
            .dump();
    const uint64_t length = header.size();
    std::string file(reinterpret_cast<const char*>(&length), sizeof length);
    file += header;
    file.append(reinterpret_cast<const char*>(batch.logits.data()), logits_bytes);
    file.append(reinterpret_cast<const char*>(batch.labels.data()), samples);
    return file;
  }

  static Result decode(const std::string& file) {
    uint64_t length = 0;
    std::memcpy(&length, file.data(), sizeof length);
    const json header = json::parse(file.substr(sizeof length, length));
    const json response = json::parse(header.at("__metadata__").at("response").get<std::string>());
    const auto [begin, end] = header.at("gradients").at("data_offsets").get<std::pair<size_t, size_t>>();
    Result result{response.at("loss"), std::vector<float>((end - begin) / sizeof(float))};
    std::memcpy(result.gradients.data(), file.data() + sizeof length + length + begin, end - begin);
    return result;
  }

  static size_t append(char* data, size_t size, size_t count, void* response) {
    static_cast<std::string*>(response)->append(data, size * count);
    return size * count;
  }

  std::string url_;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl_;
};

// The reference in double, for gamma 2.
static std::pair<double, std::vector<double>> reference_focal_loss(const Batch& batch) {
  double loss = 0;
  std::vector<double> gradients;
  const double samples = batch.labels.size();
  for (size_t i = 0; i < batch.labels.size(); ++i) {
    std::vector<double> probabilities;
    double total = 0;
    for (size_t c = 0; c < batch.classes(); ++c) {
      probabilities.push_back(std::exp(double{batch.logits[i * batch.classes() + c]}));
      total += probabilities.back();
    }
    for (double& probability : probabilities) probability /= total;
    const double p = probabilities[batch.labels[i]];
    const double q = 1 - p;
    loss -= q * q * std::log(p) / samples;
    const double factor = q * (2 * p * std::log(p) - q) / samples;
    for (size_t c = 0; c < batch.classes(); ++c)
      gradients.push_back(factor * ((c == batch.labels[i] ? 1.0 : 0.0) - probabilities[c]));
  }
  return {loss, gradients};
}

static Batch read_batch(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  Batch batch;
  std::string line;
  std::getline(file, line);  // The header row.
  while (std::getline(file, line)) {
    std::istringstream fields(line.substr(0, line.rfind(',')));
    for (std::string field; std::getline(fields, field, ',');) batch.logits.push_back(std::stof(field));
    batch.labels.push_back(static_cast<uint8_t>(std::stoi(line.substr(line.rfind(',') + 1))));
  }
  return batch;
}

int main(int count, char** arguments) try {
  if (count != 3) throw std::runtime_error("usage: focal_loss URL CSV");
  const Batch batch = read_batch(arguments[2]);
  FocalLossClient client(arguments[1]);
  const Result result = client.evaluate_json(batch);
  const Result binary = client.evaluate_binary(batch);
  if (binary.loss != result.loss || binary.gradients != result.gradients)
    throw std::runtime_error("expected the same numbers from both formats");

  const auto [expected, expected_gradients] = reference_focal_loss(batch);
  if (result.gradients.size() != expected_gradients.size())
    throw std::runtime_error("expected gradients in the shape of the logits");
  double max_difference = 0;
  for (size_t i = 0; i < expected_gradients.size(); ++i)
    max_difference = std::max(max_difference, std::abs(result.gradients[i] - expected_gradients[i]));
  std::printf("%zu samples, loss %.9f, reference %.9f, largest gradient difference %.1e\n", batch.labels.size(),
              result.loss, expected, max_difference);
  if (std::abs(result.loss / expected - 1) > 1e-6 || max_difference > 1e-8)
    throw std::runtime_error("expected the loss and the gradients of the reference");
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
