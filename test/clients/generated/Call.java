import java.util.List;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.api.LossApi;
import org.openapitools.client.model.FocalLossRequest;

/** Calls the service by the client that OpenAPI Generator has made for Java. Argument: the URL. */
public class Call {
  public static void main(String[] args) throws ApiException {
    ApiClient client = new ApiClient();
    client.updateBaseUri(args[0]);
    LossApi api = new LossApi(client);

    List<Object> logits = List.of(List.of(2.2, -1.3, -4.0), List.of(-3.1, 0.4, 0.7));
    FocalLossRequest request = new FocalLossRequest().logits(logits).labels(List.of(0, 1))
        .activation(FocalLossRequest.ActivationEnum.SOFTMAX);
    double loss = api.computeFocalLoss(request).getLoss();
    if (Math.abs(loss - 0.14578620167165574) > 1e-12) throw new AssertionError("expected the loss 0.1457862, got " + loss);

    try {
      api.computeFocalLoss(request.labels(List.of(0, 3)));
      throw new AssertionError("a label that is no class was accepted");
    } catch (ApiException error) {
      if (error.getCode() != 422) throw error;
    }
  }
}
