import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Sends one batch of logits and labels as JSON, and again as safetensors, and checks the loss and the gradients in both
 * responses against a reference. Requires Java 17 only.
 *
 * <pre>java FocalLoss.java http://127.0.0.1:8080 ../iris-logits.csv</pre>
 */
public class FocalLoss {
  /** The mean loss and its gradients, [samples, classes], row-major. */
  record Result(double loss, float[] gradients) {}

  private static final int LENGTH_BYTES = 8;
  // Patterns are enough for what is read here, so that this example needs no JSON library.
  private static final Pattern LOSS = Pattern.compile("\"loss\":([-+.\\deE]+)");
  private static final Pattern GRADIENTS = Pattern.compile("\"gradients\":\\[([-+.,\\deE\\[\\]]*)\\]");
  private static final Pattern DETAIL = Pattern.compile("\"detail\":\"((?:[^\"\\\\]|\\\\.)*)\"");
  private static final Pattern GRADIENT_OFFSETS =
      Pattern.compile("\"gradients\":\\{[^}]*\"data_offsets\":\\[(\\d+),(\\d+)\\]");

  /** Reuses its connections, so that one client should send all batches. */
  private final HttpClient client = HttpClient.newHttpClient();
  private final URI address;

  FocalLoss(String url) {
    address = URI.create(url + "/v1/focal-loss");
  }

  /**
   * Sends a batch as JSON.
   *
   * @param logits [samples, classes]
   * @param labels class indices, [samples]
   * @throws IOException with what is wrong, if the service rejects the request
   */
  Result evaluateJson(float[][] logits, byte[] labels) throws IOException, InterruptedException {
    String request =
        """
        {"logits": %s, "labels": %s, "activation": "softmax", "gamma": 2, "outputs": ["loss", "gradients"]}"""
            .formatted(Arrays.deepToString(logits), Arrays.toString(labels));
    String response =
        new String(post("application/json", request.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
    String[] numbers = find(GRADIENTS, response).group(1).replaceAll("[\\[\\]]", "").split(",");
    float[] gradients = new float[numbers.length];
    for (int i = 0; i < numbers.length; i++) gradients[i] = Float.parseFloat(numbers[i]);
    return new Result(Double.parseDouble(find(LOSS, response).group(1)), gradients);
  }

  /** Posts a body, and returns that of the response. */
  private byte[] post(String contentType, byte[] body) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(address)
            .header("Content-Type", contentType)
            .timeout(Duration.ofSeconds(65))
            .POST(BodyPublishers.ofByteArray(body))
            .build();
    HttpResponse<byte[]> response;
    try {
      response = client.send(request, BodyHandlers.ofByteArray());
    } catch (ConnectException error) {
      throw new IOException("cannot connect to " + address, error); // Its own message is empty.
    }
    if (response.statusCode() == 200) return response.body();
    // A problem document, unless a proxy responded.
    String problem = new String(response.body(), StandardCharsets.UTF_8);
    Matcher detail = DETAIL.matcher(problem);
    throw new IOException(
        response.statusCode() + ": " + (detail.find() ? detail.group(1).translateEscapes() : problem));
  }

  /** Sends a batch as a safetensors file, which is smaller and faster to read than JSON. */
  Result evaluateBinary(float[][] logits, byte[] labels) throws IOException, InterruptedException {
    return decode(post("application/vnd.safetensors", encode(logits, labels)));
  }

  private static byte[] encode(float[][] logits, byte[] labels) {
    int classes = logits[0].length;
    int logitsBytes = labels.length * classes * Float.BYTES;
    // Each value of the metadata is JSON, or a bare word.
    byte[] header =
        """
        {"__metadata__": {"activation": "softmax", "gamma": "2", "outputs": "[\\"loss\\", \\"gradients\\"]"},
         "logits": {"dtype": "F32", "shape": [%d, %d], "data_offsets": [0, %d]},
         "labels": {"dtype": "U8", "shape": [%d], "data_offsets": [%d, %d]}}"""
            .formatted(
                labels.length, classes, logitsBytes,
                labels.length, logitsBytes, logitsBytes + labels.length)
            .getBytes(StandardCharsets.UTF_8);
    ByteBuffer file =
        ByteBuffer.allocate(LENGTH_BYTES + header.length + logitsBytes + labels.length).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(header.length).put(header);
    for (float[] row : logits) for (float logit : row) file.putFloat(logit);
    return file.put(labels).array();
  }

  private static Result decode(byte[] bytes) throws IOException {
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int headerBytes = Math.toIntExact(file.getLong());
    String header = new String(bytes, LENGTH_BYTES, headerBytes, StandardCharsets.UTF_8);
    MatchResult offsets = find(GRADIENT_OFFSETS, header);
    int begin = Integer.parseInt(offsets.group(1));
    float[] gradients = new float[(Integer.parseInt(offsets.group(2)) - begin) / Float.BYTES];
    file.position(LENGTH_BYTES + headerBytes + begin);
    file.asFloatBuffer().get(gradients);
    // The metadata has all but the tensors as JSON in a string.
    String response = header.replace("\\\"", "\"");
    return new Result(Double.parseDouble(find(LOSS, response).group(1)), gradients);
  }

  private static MatchResult find(Pattern pattern, String json) throws IOException {
    return pattern
        .matcher(json)
        .results()
        .findFirst()
        .orElseThrow(() -> new IOException("expected JSON that matches " + pattern + ", got " + json));
  }

  /** The reference in double, for gamma 2: the gradients, followed by the loss. */
  private static double[] referenceFocalLoss(float[][] logits, byte[] labels) {
    int classes = logits[0].length;
    double[] expected = new double[labels.length * classes + 1];
    for (int i = 0; i < labels.length; i++) {
      double total = 0;
      for (float logit : logits[i]) total += Math.exp(logit);
      double p = Math.exp(logits[i][labels[i]]) / total;
      double q = 1 - p;
      expected[labels.length * classes] -= q * q * Math.log(p) / labels.length;
      double factor = q * (2 * p * Math.log(p) - q) / labels.length;
      for (int c = 0; c < classes; c++) {
        double target = c == labels[i] ? 1 : 0;
        expected[i * classes + c] = factor * (target - Math.exp(logits[i][c]) / total);
      }
    }
    return expected;
  }

  public static void main(String[] arguments) throws InterruptedException {
    try {
      run(arguments);
    } catch (IOException error) {
      System.err.println(error.getMessage());
      System.exit(1);
    }
  }

  private static void run(String[] arguments) throws IOException, InterruptedException {
    if (arguments.length != 2) throw new IllegalArgumentException("usage: java FocalLoss.java URL CSV");
    List<String> lines = Files.readAllLines(Path.of(arguments[1]));
    List<String[]> rows = lines.stream().skip(1).map(line -> line.split(",")).toList();
    int classes = rows.get(0).length - 1;
    float[][] logits = new float[rows.size()][classes];
    byte[] labels = new byte[rows.size()];
    for (int i = 0; i < labels.length; i++) {
      for (int c = 0; c < classes; c++) logits[i][c] = Float.parseFloat(rows.get(i)[c]);
      labels[i] = Byte.parseByte(rows.get(i)[classes]);
    }

    FocalLoss service = new FocalLoss(arguments[0]);
    Result result = service.evaluateJson(logits, labels);
    Result binary = service.evaluateBinary(logits, labels);
    if (binary.loss() != result.loss() || !Arrays.equals(binary.gradients(), result.gradients())) {
      throw new AssertionError("expected the same numbers from both formats");
    }

    double[] expected = referenceFocalLoss(logits, labels);
    int elements = expected.length - 1;
    double expectedLoss = expected[elements];
    double maxDifference = result.gradients().length == elements ? 0 : Double.POSITIVE_INFINITY;
    for (int i = 0; i < Math.min(result.gradients().length, elements); i++) {
      maxDifference = Math.max(maxDifference, Math.abs(result.gradients()[i] - expected[i]));
    }
    System.out.printf(
        "%d samples, loss %.9f, reference %.9f, largest gradient difference %.1e%n",
        labels.length, result.loss(), expectedLoss, maxDifference);
    if (Math.abs(result.loss() / expectedLoss - 1) > 1e-6 || maxDifference > 1e-8) {
      throw new AssertionError("expected the loss and the gradients of the reference");
    }
  }
}
