// Posts one batch of logits and labels as safetensors, and checks the loss and the gradients that come back against the
// formula. Needs libcurl and nlohmann/json (Debian: libcurl4-openssl-dev, nlohmann-json3-dev), and a machine that is
// little endian.
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
  std::vector<float> logits;  // [samples, classes], row by row.
  std::vector<uint8_t> labels;
  size_t classes() const { return logits.size() / labels.size(); }
};

struct Answer {
  double loss;
  std::vector<float> gradients;  // In the shape of the logits.
};

class FocalLossClient {
 public:
  explicit FocalLossClient(const std::string& url)
      : url_(url + "/v1/focal-loss"), curl_(curl_easy_init(), curl_easy_cleanup) {
    if (!curl_) throw std::runtime_error("curl could not be initialised");
  }

  // The connection is kept from one batch to the next. Throws what went wrong.
  Answer evaluate(const Batch& batch) {
    const std::string body = encode(batch);
    std::string file;
    const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
        curl_slist_append(nullptr, "Content-Type: application/vnd.safetensors"), curl_slist_free_all);
    curl_easy_setopt(curl_.get(), CURLOPT_URL, url_.c_str());
    curl_easy_setopt(curl_.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl_.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl_.get(), CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(curl_.get(), CURLOPT_TIMEOUT, 65L);
    curl_easy_setopt(curl_.get(), CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl_.get(), CURLOPT_WRITEDATA, &file);
    const CURLcode code = curl_easy_perform(curl_.get());
    if (code != CURLE_OK) throw std::runtime_error(curl_easy_strerror(code));
    long status = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
    // The body is a problem document then, which says what is wrong.
    if (status != 200) throw std::runtime_error(std::to_string(status) + ": " + file);
    return decode(file);
  }

 private:
  static std::string encode(const Batch& batch) {
    const size_t logits_bytes = batch.logits.size() * sizeof(float);
    const size_t samples = batch.labels.size();
    const std::string header =
        json{
            // Every value is text that holds JSON, or a bare word.
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

  static Answer decode(const std::string& file) {
    uint64_t length = 0;
    std::memcpy(&length, file.data(), sizeof length);
    const json header = json::parse(file.substr(sizeof length, length));
    const json facts = json::parse(header.at("__metadata__").at("response").get<std::string>());
    const auto [begin, end] = header.at("gradients").at("data_offsets").get<std::pair<size_t, size_t>>();
    Answer answer{facts.at("loss"), std::vector<float>((end - begin) / sizeof(float))};
    std::memcpy(answer.gradients.data(), file.data() + sizeof length + length + begin, end - begin);
    return answer;
  }

  static size_t append(char* data, size_t size, size_t count, void* file) {
    static_cast<std::string*>(file)->append(data, size * count);
    return size * count;
  }

  std::string url_;
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl_;
};

// The same by the formula, in double and for gamma 2.
static std::pair<double, std::vector<double>> own_focal_loss(const Batch& batch) {
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
  std::getline(file, line);  // Names of the columns.
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
  const Answer answer = client.evaluate(batch);

  const auto [expected, expected_gradients] = own_focal_loss(batch);
  if (answer.gradients.size() != expected_gradients.size()) throw std::runtime_error("gradients of another shape");
  double worst = 0;
  for (size_t i = 0; i < expected_gradients.size(); ++i)
    worst = std::max(worst, std::abs(answer.gradients[i] - expected_gradients[i]));
  std::printf("%zu samples, loss %.9f, by the formula %.9f; gradients differ by %.1e at most\n", batch.labels.size(),
              answer.loss, expected, worst);
  if (std::abs(answer.loss / expected - 1) > 1e-6 || worst > 1e-8) throw std::runtime_error("they should agree");
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
