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
 * Posts one batch of logits and labels as safetensors, and checks the loss and the gradients that come back against the
 * formula. Needs nothing but Java 17.
 *
 * <pre>java FocalLoss.java http://127.0.0.1:8080 ../iris-logits.csv</pre>
 */
public class FocalLoss {
  /** The mean loss and its gradients, in the shape of the logits. */
  record Answer(double loss, float[] gradients) {}

  private static final int LENGTH_BYTES = 8;
  // The header is JSON, and what is wanted of it is so little that this example does without a JSON library.
  private static final Pattern GRADIENTS =
      Pattern.compile("\"gradients\":\\{[^}]*\"data_offsets\":\\[(\\d+),(\\d+)\\]");
  private static final Pattern LOSS = Pattern.compile("\\\\\"loss\\\\\":([-+.\\deE]+)");

  /** A client keeps its connections: make one, and post every batch with it. */
  private final HttpClient client = HttpClient.newHttpClient();
  private final URI address;

  FocalLoss(String url) {
    address = URI.create(url + "/v1/focal-loss");
  }

  /**
   * @param logits [samples, classes], row by row
   * @param labels a class for every sample
   * @throws IOException with the service's problem document, which says what is wrong
   */
  Answer evaluate(float[] logits, byte[] labels) throws IOException, InterruptedException {
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
    // Every value of the metadata is text that holds JSON, or a bare word.
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

  private static Answer decode(byte[] bytes) throws IOException {
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int headerBytes = Math.toIntExact(file.getLong());
    String header = new String(bytes, LENGTH_BYTES, headerBytes, StandardCharsets.UTF_8);
    MatchResult offsets = find(GRADIENTS, header);
    int begin = Integer.parseInt(offsets.group(1));
    float[] gradients = new float[(Integer.parseInt(offsets.group(2)) - begin) / Float.BYTES];
    file.position(LENGTH_BYTES + headerBytes + begin);
    file.asFloatBuffer().get(gradients);
    return new Answer(Double.parseDouble(find(LOSS, header).group(1)), gradients);
  }

  private static MatchResult find(Pattern pattern, String header) throws IOException {
    return pattern.matcher(header).results().findFirst().orElseThrow(() -> new IOException("not there: " + pattern));
  }

  /** The same by the formula, in double and for gamma 2: gradients, and behind them the loss. */
  private static double[] ownFocalLoss(float[] logits, byte[] labels) {
    int classes = logits.length / labels.length;
    double[] result = new double[logits.length + 1];
    for (int i = 0; i < labels.length; i++) {
      double total = 0;
      for (int c = 0; c < classes; c++) total += Math.exp(logits[i * classes + c]);
      double p = Math.exp(logits[i * classes + labels[i]]) / total;
      double q = 1 - p;
      result[logits.length] -= q * q * Math.log(p) / labels.length;
      double factor = q * (2 * p * Math.log(p) - q) / labels.length;
      for (int c = 0; c < classes; c++) {
        double truth = c == labels[i] ? 1 : 0;
        result[i * classes + c] = factor * (truth - Math.exp(logits[i * classes + c]) / total);
      }
    }
    return result;
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

    Answer answer = new FocalLoss(arguments[0]).evaluate(logits, labels);

    double[] expected = ownFocalLoss(logits, labels);
    double expectedLoss = expected[logits.length];
    double worst = answer.gradients().length == logits.length ? 0 : Double.POSITIVE_INFINITY;
    for (int i = 0; i < answer.gradients().length; i++) {
      worst = Math.max(worst, Math.abs(answer.gradients()[i] - expected[i]));
    }
    System.out.printf(
        "%d samples, loss %.9f, by the formula %.9f; gradients differ by %.1e at most%n",
        labels.length, answer.loss(), expectedLoss, worst);
    if (Math.abs(answer.loss() / expectedLoss - 1) > 1e-6 || worst > 1e-8) {
      throw new AssertionError("they should agree");
    }
  }
}
