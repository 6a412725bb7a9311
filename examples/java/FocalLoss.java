import java.io.IOException;
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
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Sends one batch of logits and labels as safetensors, and checks the loss and the gradients in the response against a
 * reference. Requires Java 17 only.
 *
 * <pre>java FocalLoss.java http://127.0.0.1:8080 ../iris-logits.csv</pre>
 */
public class FocalLoss {
  /** The mean loss and its gradients, [samples, classes], row-major. */
  record Result(double loss, float[] gradients) {}

  private static final int LENGTH_BYTES = 8;
  // The header is JSON, but two patterns are enough for this example, so that it needs no JSON library.
  private static final Pattern GRADIENTS =
      Pattern.compile("\"gradients\":\\{[^}]*\"data_offsets\":\\[(\\d+),(\\d+)\\]");
  private static final Pattern LOSS = Pattern.compile("\\\\\"loss\\\\\":([-+.\\deE]+)");

  /** Reuses its connections, so that one client should send all batches. */
  private final HttpClient client = HttpClient.newHttpClient();
  private final URI address;

  FocalLoss(String url) {
    address = URI.create(url + "/v1/focal-loss");
  }

  /**
   * @param logits [samples, classes], row-major
   * @param labels class indices, [samples]
   * @throws IOException with the problem document of the service, which describes the error
   */
  Result evaluate(float[] logits, byte[] labels) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(address)
            .header("Content-Type", "application/vnd.safetensors")
            .timeout(Duration.ofSeconds(65))
            .POST(BodyPublishers.ofByteArray(encode(logits, labels)))
            .build();
    HttpResponse<byte[]> response = client.send(request, BodyHandlers.ofByteArray());
    if (response.statusCode() != 200) {
      throw new IOException(response.statusCode() + ": " + new String(response.body(), StandardCharsets.UTF_8));
    }
    return decode(response.body());
  }

  private static byte[] encode(float[] logits, byte[] labels) {
    int logitsBytes = logits.length * Float.BYTES;
    // Each value of the metadata is JSON, or a bare word.
    byte[] header =
        """
        {"__metadata__": {"activation": "softmax", "gamma": "2", "outputs": "[\\"loss\\", \\"gradients\\"]"},
         "logits": {"dtype": "F32", "shape": [%d, %d], "data_offsets": [0, %d]},
         "labels": {"dtype": "U8", "shape": [%d], "data_offsets": [%d, %d]}}"""
            .formatted(
                labels.length, logits.length / labels.length, logitsBytes,
                labels.length, logitsBytes, logitsBytes + labels.length)
            .getBytes(StandardCharsets.UTF_8);
    ByteBuffer file =
        ByteBuffer.allocate(LENGTH_BYTES + header.length + logitsBytes + labels.length).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(header.length).put(header);
    for (float logit : logits) file.putFloat(logit);
    return file.put(labels).array();
  }

  private static Result decode(byte[] bytes) throws IOException {
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int headerBytes = Math.toIntExact(file.getLong());
    String header = new String(bytes, LENGTH_BYTES, headerBytes, StandardCharsets.UTF_8);
    MatchResult offsets = find(GRADIENTS, header);
    int begin = Integer.parseInt(offsets.group(1));
    float[] gradients = new float[(Integer.parseInt(offsets.group(2)) - begin) / Float.BYTES];
    file.position(LENGTH_BYTES + headerBytes + begin);
    file.asFloatBuffer().get(gradients);
    return new Result(Double.parseDouble(find(LOSS, header).group(1)), gradients);
  }

  private static MatchResult find(Pattern pattern, String header) throws IOException {
    return pattern
        .matcher(header)
        .results()
        .findFirst()
        .orElseThrow(() -> new IOException("expected a header that matches " + pattern + ", got " + header));
  }

  /** The reference in double, for gamma 2: the gradients, followed by the loss. */
  private static double[] referenceFocalLoss(float[] logits, byte[] labels) {
    int classes = logits.length / labels.length;
    double[] expected = new double[logits.length + 1];
    for (int i = 0; i < labels.length; i++) {
      double total = 0;
      for (int c = 0; c < classes; c++) total += Math.exp(logits[i * classes + c]);
      double p = Math.exp(logits[i * classes + labels[i]]) / total;
      double q = 1 - p;
      expected[logits.length] -= q * q * Math.log(p) / labels.length;
      double factor = q * (2 * p * Math.log(p) - q) / labels.length;
      for (int c = 0; c < classes; c++) {
        double target = c == labels[i] ? 1 : 0;
        expected[i * classes + c] = factor * (target - Math.exp(logits[i * classes + c]) / total);
      }
    }
    return expected;
  }

  public static void main(String[] arguments) throws IOException, InterruptedException {
    if (arguments.length != 2) throw new IllegalArgumentException("usage: java FocalLoss.java URL CSV");
    List<String> lines = Files.readAllLines(Path.of(arguments[1]));
    List<String[]> rows = lines.stream().skip(1).map(line -> line.split(",")).toList();
    int classes = rows.get(0).length - 1;
    float[] logits = new float[rows.size() * classes];
    byte[] labels = new byte[rows.size()];
    for (int i = 0; i < labels.length; i++) {
      for (int c = 0; c < classes; c++) logits[i * classes + c] = Float.parseFloat(rows.get(i)[c]);
      labels[i] = Byte.parseByte(rows.get(i)[classes]);
    }

    Result result = new FocalLoss(arguments[0]).evaluate(logits, labels);

    double[] expected = referenceFocalLoss(logits, labels);
    double expectedLoss = expected[logits.length];
    double maxDifference = result.gradients().length == logits.length ? 0 : Double.POSITIVE_INFINITY;
    for (int i = 0; i < result.gradients().length; i++) {
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
