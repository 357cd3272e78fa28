import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/** Asks the address in `between.cases` before every case, so that the caller can clear away what the last one left. */
public final class BetweenCases implements TestExecutionListener {
  private final String address = System.getProperty("between.cases");

  @Override
  public void executionStarted(TestIdentifier test) {
    if (address == null || !test.isTest()) {
      return;
    }
    try {
      HttpRequest request = HttpRequest.newBuilder(URI.create(address)).build();
      int status = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
      if (status != 200) {
        throw new IllegalStateException("clearing away answered " + status);
      }
    } catch (java.io.IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
